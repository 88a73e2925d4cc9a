// SPDX-License-Identifier: Apache-2.0
//! Which adapter is opened, and what it says of itself.

use assay_worker::{
    error::{Coded, Severity},
    executor::{list_adapters, open, self_test, AdapterPolicy, ExecutorError},
};

use super::{device, processor};

mod should {
    use super::*;

    #[test]
    fn open_the_adapter_that_is_asked_for_and_describe_it() {
        let device = device();
        let summary = device.adapter().expect("a device has an adapter");
        assert!(device.name().starts_with(&summary.name));
        assert!(summary.limits.tensor_bytes >= 1 << 27, "{summary:?}");
        // The name that the adapter gives leads to it again.
        let named = AdapterPolicy::Named(summary.name.clone());
        let again = open(&named).expect("it is still there");
        assert_eq!(again.adapter(), Some(summary));
    }

    #[test]
    fn list_what_there_is_when_a_policy_fits_nothing() {
        let policy = AdapterPolicy::Named("no adapter of this world".into());
        let error = open(&policy).map(|_| ()).unwrap_err();
        assert_eq!(error.severity(), Severity::Fatal);
        let ExecutorError::NoAdapter { found, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(found.len(), list_adapters().len());
    }

    #[test]
    fn pass_the_self_test() {
        for backend in [device(), processor()] {
            let tested = self_test(backend.as_ref()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(tested.inputs, 16);
            assert_eq!(tested.backend, backend.name());
        }
        assert_eq!(processor().adapter(), None);
    }
}
