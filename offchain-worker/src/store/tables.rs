// SPDX-License-Identifier: Apache-2.0
//! The tables, and how records lie in them: a version byte and the SCALE encoding.

use codec::{Decode, DecodeAll, Encode};
use redb::{ReadableTable, Table, TableDefinition};

use super::StoreError;
use crate::job::{Batch, FinishedJob, JobRecord, StoredTransaction};

/// Jobs that have not ended, by number.
pub(super) const JOBS: TableDefinition<u64, &[u8]> = TableDefinition::new("jobs");
/// Batches with a proof, by number.
pub(super) const BATCHES: TableDefinition<u64, &[u8]> = TableDefinition::new("batches");
/// Transactions that may still come into a block, by hash.
pub(super) const TRANSACTIONS: TableDefinition<&[u8; 32], &[u8]> =
    TableDefinition::new("transactions");
/// Jobs that have ended, in the order in which they did.
pub(super) const HISTORY: TableDefinition<u64, &[u8]> = TableDefinition::new("history");
/// Sums over all jobs that ever ended, by model.
pub(super) const TOTALS: TableDefinition<u64, &[u8]> = TableDefinition::new("totals");
/// Single values by name.
pub(super) const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");

/// For whom the database is: a [`super::Identity`].
pub(super) const IDENTITY: &str = "identity";
/// The number of the next batch.
pub(super) const NEXT_BATCH: &str = "next batch";
/// The number of the next job in the history.
pub(super) const NEXT_ENTRY: &str = "next entry";
/// Fees of all transactions, in the smallest unit.
pub(super) const FEES: &str = "fees";

/// Version of every record.
const VERSION: u8 = 1;

/// A type that is stored.
pub(super) trait Record: Encode + Decode {
    /// The table it is in, for messages.
    const TABLE: &'static str;

    fn to_stored(&self) -> Vec<u8> {
        (VERSION, self).encode()
    }

    fn from_stored(bytes: &[u8]) -> Result<Self, StoreError> {
        let fail = |reason: String| StoreError::Record {
            table: Self::TABLE,
            reason,
        };
        match bytes.split_first() {
            Some((&VERSION, mut rest)) => {
                Self::decode_all(&mut rest).map_err(|error| fail(error.to_string()))
            }
            Some((version, _)) => Err(fail(format!("version {version} is not known"))),
            None => Err(fail("it is empty".into())),
        }
    }
}

impl Record for JobRecord {
    const TABLE: &'static str = "jobs";
}
impl Record for Batch {
    const TABLE: &'static str = "batches";
}
impl Record for StoredTransaction {
    const TABLE: &'static str = "transactions";
}
impl Record for FinishedJob {
    const TABLE: &'static str = "history";
}
impl Record for super::Totals {
    const TABLE: &'static str = "totals";
}
impl Record for super::Identity {
    const TABLE: &'static str = "meta";
}
impl Record for u64 {
    const TABLE: &'static str = "meta";
}
impl Record for u128 {
    const TABLE: &'static str = "meta";
}

/// All records of a table with numbers for keys.
pub(super) fn all<R: Record>(
    table: &impl ReadableTable<u64, &'static [u8]>,
) -> Result<Vec<R>, StoreError> {
    table
        .iter()?
        .map(|entry| R::from_stored(entry?.1.value()))
        .collect()
}

/// One record.
pub(super) fn get<R: Record>(
    table: &impl ReadableTable<u64, &'static [u8]>,
    key: u64,
) -> Result<Option<R>, StoreError> {
    table
        .get(key)?
        .map(|bytes| R::from_stored(bytes.value()))
        .transpose()
}

/// Writes one record.
pub(super) fn put<R: Record>(
    table: &mut Table<'_, u64, &'static [u8]>,
    key: u64,
    record: &R,
) -> Result<(), StoreError> {
    table.insert(key, record.to_stored().as_slice())?;
    Ok(())
}

/// A single value.
pub(super) fn meta<R: Record>(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    name: &str,
) -> Result<Option<R>, StoreError> {
    table
        .get(name)?
        .map(|bytes| R::from_stored(bytes.value()))
        .transpose()
}

/// Writes a single value.
pub(super) fn put_meta<R: Record>(
    table: &mut Table<'_, &'static str, &'static [u8]>,
    name: &str,
    value: &R,
) -> Result<(), StoreError> {
    table.insert(name, value.to_stored().as_slice())?;
    Ok(())
}

/// The next number of a sequence, which is thereby used.
pub(super) fn number(
    table: &mut Table<'_, &'static str, &'static [u8]>,
    name: &str,
) -> Result<u64, StoreError> {
    let next = meta::<u64>(table, name)?.unwrap_or(0);
    put_meta(table, name, &next.saturating_add(1))?;
    Ok(next)
}
