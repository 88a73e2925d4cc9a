// SPDX-License-Identifier: Apache-2.0
//! Files of weights by content hash, bounded. What is read from it is hashed again: a disk may lie, too.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest, Sha256};

use super::fetch::read_file;

/// What the names of its files end in.
const SUFFIX: &str = ".weights";

/// A folder with files of weights. Its methods block.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    capacity: u64,
}

/// SHA-256.
pub(super) fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl Cache {
    /// A cache of at most `capacity` bytes.
    pub fn new(folder: PathBuf, capacity: u64) -> Self {
        Self { folder, capacity }
    }

    fn path(&self, hash: &[u8; 32]) -> PathBuf {
        self.folder.join(format!("{}{SUFFIX}", hex::encode(hash)))
    }

    /// The file with this hash, if it is there and whole. One that isn't is removed.
    pub fn get(&self, expected: &[u8; 32], limit: u64) -> Option<Vec<u8>> {
        let path = self.path(expected);
        let bytes = read_file(&path, limit).ok()?;
        if hash(&bytes) != *expected {
            let _ = fs::remove_file(&path);
            return None;
        }
        // When it was used last, for the order of removal.
        if let Ok(file) = fs::File::options().append(true).open(&path) {
            let _ = file.set_modified(SystemTime::now());
        }
        Some(bytes)
    }

    /// Keeps a file, and removes those that were used longest ago until all fit. A file larger than the cache isn't kept.
    ///
    /// # Errors
    ///
    /// If the folder can't be written; the cache is as it was then.
    pub fn put(&self, hash: &[u8; 32], bytes: &[u8]) -> io::Result<()> {
        let length = bytes.len() as u64;
        if length > self.capacity {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        self.make_room(length)?;
        let path = self.path(hash);
        let staging = path.with_extension("new");
        let written = fs::write(&staging, bytes).and_then(|()| fs::rename(&staging, &path));
        if written.is_err() {
            let _ = fs::remove_file(&staging);
        }
        written
    }

    fn make_room(&self, length: u64) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let path = entry.path();
            if is_ours(&path) {
                let metadata = entry.metadata()?;
                files.push((metadata.modified()?, metadata.len(), path));
            }
        }
        files.sort();
        let mut sum: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, old, path) in files {
            if sum.saturating_add(length) <= self.capacity {
                break;
            }
            fs::remove_file(path)?;
            sum = sum.saturating_sub(old);
        }
        Ok(())
    }
}

fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.strip_suffix(SUFFIX))
        .is_some_and(|name| name.len() == 64)
}

#[cfg(test)]
mod should {
    use super::*;
    use std::time::Duration;

    fn put(cache: &Cache, bytes: &[u8]) -> [u8; 32] {
        let hash = hash(bytes);
        cache.put(&hash, bytes).unwrap();
        hash
    }

    #[test]
    fn give_back_what_was_put() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("models"), 100);
        let hash = put(&cache, b"weights");
        assert_eq!(cache.get(&hash, 100).as_deref(), Some(&b"weights"[..]));
        assert_eq!(cache.get(&hash, 6), None);
        assert_eq!(cache.get(&[0; 32], 100), None);
    }

    #[test]
    fn not_give_back_what_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().into(), 100);
        let hash = put(&cache, b"weights");
        fs::write(cache.path(&hash), b"Weights").unwrap();
        assert_eq!(cache.get(&hash, 100), None);
        assert!(!cache.path(&hash).exists());
    }

    #[test]
    fn remove_what_was_used_longest_ago_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().into(), 10);
        fs::write(folder.path().join("notes.txt"), [0; 50]).unwrap();
        let (first, second) = (put(&cache, b"aaaa"), put(&cache, b"bbbb"));
        for (hash, age) in [(first, 50), (second, 100)] {
            let file = fs::File::options().append(true).open(cache.path(&hash));
            let then = SystemTime::now() - Duration::from_secs(age);
            file.unwrap().set_modified(then).unwrap();
        }
        assert!(cache.get(&first, 10).is_some());
        let third = put(&cache, b"cccc");
        assert!(cache.get(&second, 10).is_none());
        assert!(cache.get(&first, 10).is_some() && cache.get(&third, 10).is_some());
        put(&cache, b"too large for it");
        assert!(cache.get(&first, 10).is_some());
        assert!(folder.path().join("notes.txt").exists());
    }
}
