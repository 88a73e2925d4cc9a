// SPDX-License-Identifier: Apache-2.0
//! The data directory: made private, used by one worker at a time.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::error::{codes, Code, Coded, Severity};

/// Locked while a worker runs; holds its process number. Never deleted: that would let two workers lock two files.
const LOCK: &str = "worker.lock";

/// Why the data directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another worker has it.
    #[error("{} is in use by another worker{}", .path.display(), .process.map(|id| format!(", process {id}")).unwrap_or_default())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The other worker's process number, if it could be read.
        process: Option<u32>,
    },
    /// It can't be made or locked.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The directory or a file in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Coded for DataDirError {
    fn code(&self) -> Code {
        match self {
            Self::InUse { .. } => codes::SV_005,
            Self::Io { .. } => codes::SV_006,
        }
    }

    fn severity(&self) -> Severity {
        Severity::Fatal
    }
}

/// The data directory, locked. Dropping it, or the end of the process however it comes, unlocks it.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if need be, for its owner only, and locks it.
    ///
    /// # Errors
    ///
    /// If another worker has it, or it can't be made or locked.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        let fail = |path: &Path, source| DataDirError::Io {
            path: path.to_path_buf(),
            source,
        };
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(path).map_err(|error| fail(path, error))?;

        let file = path.join(LOCK);
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&file)
            .map_err(|error| fail(&file, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataDirError::InUse {
                    path: path.to_path_buf(),
                    process: process(&lock),
                })
            }
            Err(TryLockError::Error(error)) => return Err(fail(&file, error)),
        }
        // Only a hint for people. On a full disk the number is missing, and the lock holds.
        let _ = lock
            .set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()));
        Ok(Self {
            path: path.to_path_buf(),
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether a worker has the directory at `path` now.
pub fn in_use(path: &Path) -> bool {
    let Ok(lock) = File::open(path.join(LOCK)) else {
        return false;
    };
    // Shared, so that two who only ask don't disturb each other; given back at once.
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
}

fn process(mut lock: &File) -> Option<u32> {
    let mut bytes = [0; 16];
    let length = lock.read(&mut bytes).ok()?;
    std::str::from_utf8(&bytes[..length])
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// Bytes that can still be written to the disk of `path`, or of the nearest folder above it that exists.
///
/// # Errors
///
/// If the file system doesn't say.
pub fn free_space(path: &Path) -> io::Result<u64> {
    let existing = path
        .ancestors()
        .find(|path| path.exists())
        .unwrap_or(Path::new("."));
    let status = rustix::fs::statvfs(existing)?;
    Ok(status.f_bavail.saturating_mul(status.f_frsize))
}

#[cfg(test)]
mod should {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn be_private_and_have_one_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        assert!(!in_use(&path));
        let first = DataDir::open(&path).unwrap();
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(in_use(&path));
        let error = DataDir::open(&path).unwrap_err();
        let own = std::process::id();
        assert!(
            matches!(&error, DataDirError::InUse { process: Some(id), .. } if *id == own),
            "{error}"
        );
        drop(first);
        assert!(!in_use(&path));
        DataDir::open(&path).unwrap();
    }

    #[test]
    fn say_how_much_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let there = free_space(folder.path()).unwrap();
        assert!(there > 0);
        assert!(free_space(&folder.path().join("not/there")).unwrap() > 0);
    }

    #[test]
    fn not_be_made_where_a_file_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = DataDir::open(&file.path().join("x")).unwrap_err();
        assert!(matches!(error, DataDirError::Io { .. }), "{error}");
    }
}
