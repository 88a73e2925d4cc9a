// SPDX-License-Identifier: Apache-2.0
//! All error codes, sorted. A code is never given another meaning, and never used again after it is gone.
//!
//! `docs/operations/worker.md` has the same list for operators; a test compares the two.

use super::Code;

/// Declares each code as a constant, and [`ALL`] of them.
macro_rules! codes {
    ($($name:ident = $id:literal: $meaning:literal, $remedy:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $name: Code = Code { id: $id, meaning: $meaning, remedy: $remedy };
        )*
        /// Every code, sorted.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    CF_001 = "A-CF-001": "the configuration file cannot be read", "check the path given with `--config` and the file's permissions";
    CF_002 = "A-CF-002": "the configuration file is not valid TOML, or has a field that does not exist or has the wrong type", "correct the line that the message names; `assay-worker config init` writes a file with every field";
    CF_003 = "A-CF-003": "a configuration field breaks a rule", "correct the field that the message names";
    CF_004 = "A-CF-004": "an environment variable that begins with ASSAY_WORKER__ names no field, or its value does not fit", "correct or unset the variable";
    CF_005 = "A-CF-005": "a file that would be written exists already, or cannot be written", "choose another path, or move the file away";
    CH_001 = "A-CH-001": "the chain cannot be asked: no node answers, or it lacks a block", "check that a node runs at one of `chain.urls`; the worker goes on by itself when it is back";
    CH_002 = "A-CH-002": "the node has not answered in time", "the worker asks again, and goes on to the next of `chain.urls`; raise `chain.request_timeout_seconds` for a slow node";
    CH_003 = "A-CH-003": "the node is on another chain than the configuration says", "correct `chain.urls` or `chain.genesis`";
    CH_004 = "A-CH-004": "the node's answer does not fit this version of the worker", "update the worker to the version that was built for the chain's runtime";
    CH_005 = "A-CH-005": "no new block has come for a minute", "check the node and its peers; deadlines are blocks, so they stand still with the chain";
    CM_001 = "A-CM-001": "a check that must pass failed", "follow the remedies in the table that `assay-worker check` prints";
    CM_002 = "A-CM-002": "the running worker did not answer on its local HTTP address", "check `telemetry.address`, and that the worker runs; if it does not, `jobs` reads the database itself";
    CM_003 = "A-CM-003": "a result could not be printed", "check where the output goes";
    CM_004 = "A-CM-004": "a model could not be measured", "see the message; a proof or a device that is wrong must not be trusted with stake";
    CM_005 = "A-CM-005": "a folder does not hold a compiled model", "give a folder that `assay model compile` has written";
    EX_001 = "A-EX-001": "no adapter of this machine is what `device.adapter` asks for", "see the adapters that the message lists; install a Vulkan driver (docs/operations/gpu.md), or set `device.adapter` to \"cpu\"";
    EX_002 = "A-EX-002": "the adapter cannot be opened", "check the driver and the permissions of /dev/dri (docs/operations/gpu.md)";
    EX_003 = "A-EX-003": "the device stopped working", "it is opened again; if it comes again, check the driver's log (`dmesg`), the power and the temperature of the card";
    EX_004 = "A-EX-004": "the device computes wrongly", "do not use it for stake: update the driver, remove overclocking, test the card, or set `device.adapter` to \"cpu\" (docs/operations/gpu.md)";
    EX_005 = "A-EX-005": "an input does not fit its model", "this is a bug, as the chain checks inputs; please report it with the log";
    EX_006 = "A-EX-006": "a model is too large for the device", "raise `device.memory_limit`, leave the model out of `models.serve`, or set `device.adapter` to \"cpu\"";
    EX_007 = "A-EX-007": "the interpreter failed", "check the machine's memory and its limit of threads";
    EX_901 = "A-EX-901": "jobs could not be executed as planned", "see the message; the reference interpreter does the work if it can, and the rest is tried again";
    EX_902 = "A-EX-902": "the device has computed something wrong", "open jobs are finished without it, then the worker ends; replace the device or its driver, or use `device.adapter = \"cpu\"`";
    KY_001 = "A-KY-001": "no key is configured, or more than one", "set one of `account.keystore` and `account.seed_env`";
    KY_002 = "A-KY-002": "the key cannot be opened", "check the keystore file, its permissions (0600) and its password, or the environment variable with the seed";
    KY_003 = "A-KY-003": "the password cannot be read", "set `account.password_file` or `account.password_env`; a service has no terminal to ask on";
    KY_004 = "A-KY-004": "a key could not be created or imported", "see the message; existing files are never overwritten";
    MD_001 = "A-MD-001": "the address of a model's weights is not allowed", "extend `models.schemes`, `models.file_roots` or `models.private_addresses` if you trust it, or leave the model out of `models.serve`";
    MD_002 = "A-MD-002": "a model's weights cannot be fetched, are too large, or cannot be kept", "it is tried again; check the address, `models.max_weights` and the disk";
    MD_003 = "A-MD-003": "a model's weights are not the file whose hash is on the chain", "ask the model's owner for the right file; nothing of it is used";
    MD_004 = "A-MD-004": "a model's weights break a bound of its circuit", "the model cannot be served; tell its owner";
    MD_005 = "A-MD-005": "a model's weights are not those of the commitment on the chain", "the model cannot be served; tell its owner";
    MD_006 = "A-MD-006": "a model is not registered", "correct `models.serve`";
    MD_007 = "A-MD-007": "a trial proof of a model failed", "the model is not served; report it with the log";
    MD_008 = "A-MD-008": "a model in `models.serve` is not ready", "see the log for the reason; it is tried again";
    PR_001 = "A-PR-001": "no jobs are accepted", "see the message: bond, jail, disk or device";
    PV_001 = "A-PV-001": "a batch could not be proven", "it is tried again; if it stays, report it with the log";
    PV_002 = "A-PV-002": "a proof failed the worker's own check and was not submitted", "it is made again; memory or processor may be faulty";
    ST_001 = "A-ST-001": "the database cannot be opened", "check the folder `storage.data_dir`, its permissions and the space on its disk";
    ST_002 = "A-ST-002": "the database cannot be read or written", "make room on the disk; until then no job is accepted, and nothing that was written is lost";
    ST_003 = "A-ST-003": "a record in the database is of another version or damaged", "use the version of the worker that wrote it, or restore a copy; do not delete it while jobs are open";
    ST_004 = "A-ST-004": "the database belongs to another chain or provider", "give each chain and provider its own `storage.data_dir`";
    ST_005 = "A-ST-005": "the disk with the database is almost full", "make room, or lower `storage.min_free`";
    SV_001 = "A-SV-001": "a service ended by itself", "it is restarted; report it if it comes again";
    SV_002 = "A-SV-002": "a service panicked", "it is restarted; this is a bug, please report it with the log";
    SV_003 = "A-SV-003": "a service panicked too often in a row", "the worker has stopped; report it with the log, and start the worker again";
    SV_004 = "A-SV-004": "a service did not stop in time and was aborted", "nothing is lost: its work goes on at the next start";
    SV_005 = "A-SV-005": "the data directory is in use by another worker", "stop the other one, or give this one its own `storage.data_dir`";
    SV_006 = "A-SV-006": "the data directory cannot be created or locked", "create it, owned by the user that runs the worker, with mode 0700";
    SV_007 = "A-SV-007": "a signal handler or a thread could not be set up", "see the message; limits of the system are the usual reason";
    TL_001 = "A-TL-001": "the address for metrics and health cannot be used", "choose another `telemetry.address`, or stop the program that listens there";
    TL_002 = "A-TL-002": "the log filter cannot be understood", "correct `telemetry.log_filter`, for example `info,assay_worker=debug`";
    TX_001 = "A-TX-001": "the node refuses a transaction", "it is sent again until it is in a block or dies; check the balance of the key that signs, and that it is a proxy of the provider";
    TX_002 = "A-TX-002": "a call failed in a block", "see the message; what can be repeated is repeated";
    TX_003 = "A-TX-003": "the chain has refused a proof", "part of the collateral is gone; no jobs of the model are accepted until the worker starts again; report it with the log";
    TX_004 = "A-TX-004": "a job was lost", "see the reason in the message and in `assay-worker jobs`";
    TX_005 = "A-TX-005": "a transaction died before it was in a block", "nothing is lost, it is replaced; blocks may be full, or the node without peers";
    TX_006 = "A-TX-006": "the key that signs has nothing to pay fees with", "send it some of the native token";
    TX_007 = "A-TX-007": "the provider was slashed", "see the log around the job for the reason";
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn be_sorted_unique_and_of_one_form() {
        assert!(ALL.windows(2).all(|pair| pair[0].id < pair[1].id));
        for code in ALL {
            let parts: Vec<&str> = code.id.split('-').collect();
            assert!(matches!(parts[..], ["A", area, number]
                if area.len() == 2 && number.len() == 3 && number.parse::<u16>().is_ok()));
            assert!(!code.meaning.is_empty() && !code.remedy.is_empty());
        }
    }
}
