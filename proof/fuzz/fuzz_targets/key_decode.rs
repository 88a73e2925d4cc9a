// SPDX-License-Identifier: Apache-2.0
//! Verifying keys from hostile bytes: those that decode are canonical and announce a cost; trusted ones that shouldn't have been don't
//! panic either.
#![no_main]

use assay_proof::{ProvingKey, VerifyingKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (case, rest) = assay_fuzz::split(data);
    let Ok(key) = ProvingKey::new(case.model) else {
        return;
    };
    let bytes = assay_fuzz::edit(key.verifying_key().to_bytes(), rest);
    if let Ok(key) = VerifyingKey::from_bytes(&bytes) {
        assert_eq!(key.to_bytes(), bytes);
        assert_eq!(
            key.cost(1).map(|cost| cost.key_bytes),
            Ok(bytes.len() as u64)
        );
    }
    if let Ok(key) = VerifyingKey::from_trusted_bytes(&bytes) {
        let _ = (key.cost(1), key.cost(64));
    }
});
