// SPDX-License-Identifier: Apache-2.0
//! Opens an adapter for burn.

use std::sync::{Arc, OnceLock};

use burn::backend::wgpu::{init_device, RuntimeOptions, WgpuDevice, WgpuSetup};
use futures::executor::block_on;

use crate::executor::{
    adapter::{AdapterSummary, Adapters},
    error::ExecutorError,
};

/// Why a device is not used any more: the first thing that went wrong. Shared by everybody who may notice it.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    adapter: String,
    error: Arc<OnceLock<ExecutorError>>,
}

impl Fault {
    fn new(adapter: String) -> Self {
        Self {
            adapter,
            error: Arc::default(),
        }
    }

    /// Records that the device stopped working, unless something else went wrong before.
    pub(super) fn lost(&self, reason: impl Into<String>) -> ExecutorError {
        self.record(ExecutorError::Lost {
            adapter: self.adapter.clone(),
            reason: reason.into(),
        })
    }

    /// Records an error, unless there was one before; returns the first.
    pub(super) fn record(&self, error: ExecutorError) -> ExecutorError {
        self.error.get_or_init(|| error).clone()
    }

    pub(super) fn get(&self) -> Option<ExecutorError> {
        self.error.get().cloned()
    }
}

/// An open adapter.
pub(super) struct Device {
    pub(super) summary: AdapterSummary,
    pub(super) burn: WgpuDevice,
    pub(super) fault: Fault,
    /// The device under burn's.
    #[cfg(test)]
    pub(super) wgpu: wgpu::Device,
}

impl Device {
    /// Opens exactly this adapter: burn's own choice of one is bypassed.
    pub(super) fn open(
        (instance, summary, adapter): (wgpu::Instance, AdapterSummary, wgpu::Adapter),
    ) -> Result<Self, ExecutorError> {
        // What burn's kernels may use is decided from the adapter's features and limits, so that the device needs all of them. Mapping
        // primary buffers makes discrete GPUs slow, and experimental features are not used in WGSL.
        let features = adapter
            .features()
            .difference(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS)
            .difference(wgpu::Features::all_experimental_mask());
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("assay-worker"),
            required_features: features,
            required_limits: adapter.limits(),
            experimental_features: wgpu::ExperimentalFeatures::disabled(),
            // burn allocates pages and divides them.
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            trace: wgpu::Trace::Off,
        };
        let (device, queue) =
            block_on(adapter.request_device(&descriptor)).map_err(|error| ExecutorError::Open {
                adapter: summary.to_string(),
                reason: error.to_string(),
            })?;
        let fault = Fault::new(summary.to_string());
        // Without a handler wgpu panics on whichever thread polls the device.
        let noticed = fault.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            noticed.lost(error.to_string());
        }));
        let noticed = fault.clone();
        device.set_device_lost_callback(move |reason, message| {
            noticed.lost(format!("{reason:?}: {message}"));
        });
        let setup = WgpuSetup {
            backend: adapter.get_info().backend,
            instance,
            adapter,
            device: device.clone(),
            queue,
        };
        let burn = init_device(setup, RuntimeOptions::default());
        Ok(Self {
            summary,
            burn,
            fault,
            #[cfg(test)]
            wgpu: device,
        })
    }

    /// Opens the same adapter again.
    pub(super) fn reopen(summary: &AdapterSummary) -> Result<Self, ExecutorError> {
        let Adapters { instance, adapters } = Adapters::enumerate();
        let same = adapters
            .into_iter()
            .find(|(found, _)| found.is_same_device(summary));
        let (summary, adapter) = same.ok_or_else(|| ExecutorError::Open {
            adapter: summary.to_string(),
            reason: "it is not there any more".into(),
        })?;
        Self::open((instance, summary, adapter))
    }
}
