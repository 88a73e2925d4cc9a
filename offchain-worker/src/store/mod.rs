// SPDX-License-Identifier: Apache-2.0
//! The database: every job that has not ended, the proofs and transactions that belong to them, and what has ended.
//!
//! - this file: opening, reading, writing;
//! - [`transitions`]: the steps of a job's life, each one transaction of the database;
//! - [`history`]: jobs that ended, and sums over them;
//! - [`tables`]: how records lie in the file;
//! - [`error`]: what can go wrong.
//!
//! A write is durable when it returns. After an error of the disk (it may be full) the database is closed and opened again at the next
//! use: everything that was written before is there, and what failed is done again by the service that asked for it.

mod error;
mod history;
mod tables;
mod transitions;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use assay_client::types::{Balance, JobId};
use codec::{Decode, Encode};
use redb::{Database, ReadTransaction, ReadableDatabase, StorageBackend, WriteTransaction};

use crate::job::{Batch, BatchId, JobRecord, StoredTransaction, TransactionHash};
pub use error::StoreError;
pub use transitions::{Changed, NewProof};

/// Name of the database's file in the data directory.
pub const FILE: &str = "jobs.redb";

/// For whom a database is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Identity {
    /// The chain: its genesis hash.
    pub chain: [u8; 32],
    /// The provider's account.
    pub provider: [u8; 32],
}

/// Sums over jobs that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Totals {
    /// Jobs that were settled.
    pub settled: u64,
    /// Jobs that were accepted and lost.
    pub lost: u64,
    /// Jobs that somebody else got.
    pub not_accepted: u64,
    /// Prices and bounties of settled jobs, before royalties, fees and delegators' shares.
    pub earned: Balance,
}

/// Where the bytes are.
enum Location {
    File { path: PathBuf, read_only: bool },
    Backend(Box<dyn Fn() -> Box<dyn StorageBackend> + Send + Sync>),
}

/// The open database.
enum Handle {
    Writable(Database),
    ReadOnly(redb::ReadOnlyDatabase),
}

struct Inner {
    location: Location,
    handle: Mutex<Option<Arc<Handle>>>,
}

/// The database. Clones are the same one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// A backend that is known only at run time.
#[derive(Debug)]
struct AnyBackend(Box<dyn StorageBackend>);

impl StorageBackend for AnyBackend {
    fn len(&self) -> Result<u64, std::io::Error> {
        self.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        self.0.read(offset, out)
    }
    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.0.set_len(len)
    }
    fn sync_data(&self) -> Result<(), std::io::Error> {
        self.0.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        self.0.write(offset, data)
    }
    fn close(&self) -> Result<(), std::io::Error> {
        self.0.close()
    }
}

impl Store {
    /// Opens the database of a data directory, or creates it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Open`].
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join(FILE);
        Self::at(Location::File {
            path,
            read_only: false,
        })
    }

    /// Opens the database of a data directory for reading, while no worker runs.
    ///
    /// # Errors
    ///
    /// [`StoreError::Open`], also if there is none.
    pub fn open_read_only(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join(FILE);
        Self::at(Location::File {
            path,
            read_only: true,
        })
    }

    /// A database whose bytes are where `backend` says, each time it is opened.
    ///
    /// # Errors
    ///
    /// [`StoreError::Open`].
    pub fn with_backend(
        backend: impl Fn() -> Box<dyn StorageBackend> + Send + Sync + 'static,
    ) -> Result<Self, StoreError> {
        Self::at(Location::Backend(Box::new(backend)))
    }

    fn at(location: Location) -> Result<Self, StoreError> {
        let handle = location.open()?;
        let inner = Inner {
            location,
            handle: Mutex::new(Some(Arc::new(handle))),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Runs `work` on a thread where it may block.
    pub async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let store = self.clone();
        match tokio::task::spawn_blocking(move || work(&store)).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime shuts down.
                Err(_) => Err(StoreError::Access(redb::Error::DatabaseClosed)),
            },
        }
    }

    /// The open database: opens it if an error had closed it.
    fn handle(&self) -> Result<Arc<Handle>, StoreError> {
        let slot = &self.inner.handle;
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = slot.as_ref() {
            return Ok(handle.clone());
        }
        let handle = Arc::new(self.inner.location.open()?);
        *slot = Some(handle.clone());
        Ok(handle)
    }

    /// Closes the database after an error that it remembers.
    fn close_after(&self, error: &StoreError) {
        if matches!(error, StoreError::Access(_)) {
            let slot = &self.inner.handle;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    fn read<R>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let handle = self.handle()?;
        let result = (|| {
            let transaction = match handle.as_ref() {
                Handle::Writable(database) => database.begin_read()?,
                Handle::ReadOnly(database) => database.begin_read()?,
            };
            work(&transaction)
        })();
        drop(handle);
        result.inspect_err(|error| self.close_after(error))
    }

    fn write<R>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let handle = self.handle()?;
        let result = (|| {
            let Handle::Writable(database) = handle.as_ref() else {
                return Err(redb::Error::DatabaseClosed.into());
            };
            let transaction = database.begin_write()?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })();
        drop(handle);
        result.inspect_err(|error| self.close_after(error))
    }

    /// The jobs that have not ended.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn open_jobs(&self) -> Result<BTreeMap<JobId, JobRecord>, StoreError> {
        self.read(|transaction| {
            let jobs: Vec<JobRecord> = tables::all(&transaction.open_table(tables::JOBS)?)?;
            Ok(jobs.into_iter().map(|job| (job.id, job)).collect())
        })
    }

    /// One job that has not ended.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn job(&self, id: JobId) -> Result<Option<JobRecord>, StoreError> {
        self.read(|transaction| tables::get(&transaction.open_table(tables::JOBS)?, id))
    }

    /// The batches with a proof.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn batches(&self) -> Result<BTreeMap<BatchId, Batch>, StoreError> {
        self.read(|transaction| {
            let batches: Vec<Batch> = tables::all(&transaction.open_table(tables::BATCHES)?)?;
            Ok(batches.into_iter().map(|batch| (batch.id, batch)).collect())
        })
    }

    /// The transactions that may still come into a block, or whose end has not been looked at.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn transactions(&self) -> Result<BTreeMap<TransactionHash, StoredTransaction>, StoreError> {
        use redb::ReadableTable;
        use tables::Record;
        self.read(|transaction| {
            let table = transaction.open_table(tables::TRANSACTIONS)?;
            let mut all = BTreeMap::new();
            for entry in table.iter()? {
                let stored = StoredTransaction::from_stored(entry?.1.value())?;
                all.insert(stored.hash, stored);
            }
            Ok(all)
        })
    }

    /// Makes the database this identity's.
    ///
    /// # Errors
    ///
    /// [`StoreError::Foreign`] if it is another's.
    pub fn claim(&self, identity: &Identity) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut meta = transaction.open_table(tables::META)?;
            let Some(found) = tables::meta::<Identity>(&meta, tables::IDENTITY)? else {
                return tables::put_meta(&mut meta, tables::IDENTITY, identity);
            };
            for (what, found, expected) in [
                ("the chain", found.chain, identity.chain),
                ("the provider", found.provider, identity.provider),
            ] {
                if found != expected {
                    let hex = |bytes| format!("0x{}", hex::encode(bytes));
                    return Err(StoreError::Foreign {
                        what,
                        found: hex(found),
                        expected: hex(expected),
                    });
                }
            }
            Ok(())
        })
    }
}

impl Location {
    fn open(&self) -> Result<Handle, StoreError> {
        let fail = |source: redb::Error| StoreError::Open {
            path: match self {
                Self::File { path, .. } => path.clone(),
                Self::Backend(_) => PathBuf::from("backend"),
            },
            source,
        };
        let builder = Database::builder();
        let database = match self {
            Self::File {
                path,
                read_only: true,
            } => {
                let database = redb::ReadOnlyDatabase::open(path);
                return database
                    .map(Handle::ReadOnly)
                    .map_err(|error| fail(error.into()));
            }
            Self::File { path, .. } => builder.create(path),
            Self::Backend(backend) => builder.create_with_backend(AnyBackend(backend())),
        };
        let database = database.map_err(|error| fail(error.into()))?;
        create_tables(&database).map_err(fail)?;
        Ok(Handle::Writable(database))
    }
}

/// So that reading finds every table.
fn create_tables(database: &Database) -> Result<(), redb::Error> {
    use redb::TableHandle;
    let transaction = database.begin_read()?;
    let names: Vec<String> = transaction
        .list_tables()?
        .map(|table| table.name().to_string())
        .collect();
    drop(transaction);
    let all = [
        tables::JOBS.name(),
        tables::BATCHES.name(),
        tables::TRANSACTIONS.name(),
        tables::HISTORY.name(),
        tables::TOTALS.name(),
        tables::META.name(),
    ];
    if all.iter().all(|name| names.iter().any(|n| n == name)) {
        return Ok(());
    }
    let transaction = database.begin_write()?;
    transaction.open_table(tables::JOBS)?;
    transaction.open_table(tables::BATCHES)?;
    transaction.open_table(tables::TRANSACTIONS)?;
    transaction.open_table(tables::HISTORY)?;
    transaction.open_table(tables::TOTALS)?;
    transaction.open_table(tables::META)?;
    transaction.commit()?;
    Ok(())
}
