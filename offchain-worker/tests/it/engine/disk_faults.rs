// SPDX-License-Identifier: Apache-2.0
//! A full disk under the database.

use std::{
    io,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, RwLock,
    },
};

use assay_worker::store::Store;
use redb::StorageBackend;

use super::{
    rig::{assert_settled_once, calls, Stage, ALICE},
    sim::market::EASY,
};

/// A disk that may be full.
#[derive(Clone, Debug, Default)]
struct Disk {
    bytes: Arc<RwLock<Vec<u8>>>,
    full: Arc<AtomicBool>,
}

impl Disk {
    fn check(&self) -> io::Result<()> {
        match self.full.load(Ordering::Relaxed) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }

    fn store(&self) -> Store {
        let disk = self.clone();
        Store::with_backend(move || Box::new(disk.clone())).unwrap()
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.read().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let bytes = self.bytes.read().unwrap();
        let offset = offset as usize;
        out.copy_from_slice(&bytes[offset..offset + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        self.bytes.write().unwrap().resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        let offset = offset as usize;
        self.bytes.write().unwrap()[offset..offset + data.len()].copy_from_slice(data);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_for_a_while_loses_nothing() {
    let stage = Stage::new();
    let disk = Disk::default();
    let jobs: Vec<u64> = (0..3).map(|job| stage.post(1 + job % 2, EASY)).collect();
    let _blocks = stage.produce();
    let store = disk.store();
    let rig = stage.start(ALICE, |setup| setup.store = store);
    rig.until("one is accepted", |state| {
        state.best().jobs.values().any(|job| job.accepted.is_some())
    })
    .await;
    disk.full.store(true, Ordering::Relaxed);
    let late = stage.post(1, EASY);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let accepted = stage.sim.read(|state| calls(state, "accept", late));
    assert_eq!(
        accepted,
        (0, 0),
        "nothing is accepted while nothing can be written"
    );
    disk.full.store(false, Ordering::Relaxed);
    let all: Vec<u64> = jobs.into_iter().chain([late]).collect();
    rig.until_idle_after(&all).await;
    assert_settled_once(&stage.sim, &rig.store, &all, ALICE);
    rig.stop().await.unwrap();
}
