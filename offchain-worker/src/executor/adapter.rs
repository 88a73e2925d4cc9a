// SPDX-License-Identifier: Apache-2.0
//! Which adapters this machine has, and which one a policy means.

use std::{fmt, str::FromStr};

use futures::executor::block_on;
use serde::Serialize;

use super::error::ExecutorError;

/// Which adapter to use. As text: `best`, `discrete`, `integrated`, `software`, `cpu`, or `name:` and a part of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AdapterPolicy {
    /// The first of: a discrete GPU, an integrated one, a virtual one, another one, a software adapter.
    #[default]
    Best,
    /// A discrete GPU.
    Discrete,
    /// An integrated GPU.
    Integrated,
    /// A software implementation of Vulkan, such as lavapipe.
    Software,
    /// The adapter whose name contains this text, in any case, or whose PCI address is this text. The best one if there are several: give
    /// the PCI address to tell equal cards apart.
    Named(String),
    /// None: the interpreter on the processor.
    Cpu,
}

/// Why a text is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of best, discrete, integrated, software, cpu and name:TEXT")]
pub struct PolicyError(String);

impl fmt::Display for AdapterPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Best => f.write_str("best"),
            Self::Discrete => f.write_str("discrete"),
            Self::Integrated => f.write_str("integrated"),
            Self::Software => f.write_str("software"),
            Self::Named(name) => write!(f, "name:{name}"),
            Self::Cpu => f.write_str("cpu"),
        }
    }
}

impl FromStr for AdapterPolicy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Ok(match text {
            "best" => Self::Best,
            "discrete" => Self::Discrete,
            "integrated" => Self::Integrated,
            "software" => Self::Software,
            "cpu" => Self::Cpu,
            _ => match text.strip_prefix("name:").map(str::trim) {
                Some(name) if !name.is_empty() => Self::Named(name.into()),
                _ => return Err(PolicyError(text.into())),
            },
        })
    }
}

/// What an adapter is. The order is that of [`AdapterPolicy::Best`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A GPU with memory of its own.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A GPU of a virtual machine.
    Virtual,
    /// The driver does not say.
    Other,
    /// The processor.
    Software,
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discrete => "discrete GPU",
            Self::Integrated => "integrated GPU",
            Self::Virtual => "virtual GPU",
            Self::Other => "adapter of unknown kind",
            Self::Software => "software adapter",
        })
    }
}

/// An adapter, as its driver describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdapterSummary {
    /// The device's name.
    pub name: String,
    /// What it is.
    pub kind: AdapterKind,
    /// The interface: `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// The driver and its version.
    pub driver: String,
    /// PCI vendor, 0 if unknown.
    pub vendor: u32,
    /// PCI device, 0 if unknown.
    pub device: u32,
    /// PCI address, such as `0000:01:00.0`; empty if unknown.
    pub pci_address: String,
    /// What bounds a kernel.
    pub limits: AdapterLimits,
}

/// The limits of an adapter that bound the executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AdapterLimits {
    /// Bytes of one tensor: what one binding of a kernel may span.
    pub tensor_bytes: u64,
    /// Bytes of one buffer.
    pub buffer_bytes: u64,
    /// Bytes that the threads of a workgroup share.
    pub workgroup_bytes: u32,
    /// Threads of a workgroup.
    pub workgroup_threads: u32,
    /// Workgroups along one dimension of a dispatch.
    pub workgroups: u32,
}

impl fmt::Display for AdapterSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            kind,
            backend,
            driver,
            ..
        } = self;
        write!(f, "{name} ({kind}, {backend}, {driver})")
    }
}

impl AdapterSummary {
    fn of(adapter: &wgpu::Adapter) -> Self {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
            wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
            wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
            wgpu::DeviceType::Cpu => AdapterKind::Software,
            wgpu::DeviceType::Other => AdapterKind::Other,
        };
        Self {
            name: info.name,
            kind,
            backend: info.backend.to_str().into(),
            driver: format!("{} {}", info.driver, info.driver_info)
                .trim()
                .into(),
            vendor: info.vendor,
            device: info.device,
            pci_address: info.device_pci_bus_id,
            limits: AdapterLimits {
                tensor_bytes: limits
                    .max_storage_buffer_binding_size
                    .min(limits.max_buffer_size),
                buffer_bytes: limits.max_buffer_size,
                workgroup_bytes: limits.max_compute_workgroup_storage_size,
                workgroup_threads: limits.max_compute_invocations_per_workgroup,
                workgroups: limits.max_compute_workgroups_per_dimension,
            },
        }
    }

    /// Whether two descriptions are of the same device under the same driver interface, whatever the driver's version.
    pub(super) fn is_same_device(&self, other: &Self) -> bool {
        let identity = |summary: &Self| {
            (
                summary.name.clone(),
                summary.backend.clone(),
                summary.pci_address.clone(),
            )
        };
        identity(self) == identity(other)
    }

    fn is_named(&self, text: &str) -> bool {
        let part = text.to_lowercase();
        self.name.to_lowercase().contains(&part)
            || (!self.pci_address.is_empty() && self.pci_address.to_lowercase() == part)
    }
}

/// Index of the adapter that `policy` means: the best of those that fit, the first one of several that are equally good.
pub(super) fn choose(policy: &AdapterPolicy, adapters: &[AdapterSummary]) -> Option<usize> {
    let fits = |adapter: &AdapterSummary| match policy {
        AdapterPolicy::Best => true,
        AdapterPolicy::Discrete => adapter.kind == AdapterKind::Discrete,
        AdapterPolicy::Integrated => adapter.kind == AdapterKind::Integrated,
        AdapterPolicy::Software => adapter.kind == AdapterKind::Software,
        AdapterPolicy::Named(text) => adapter.is_named(text),
        AdapterPolicy::Cpu => false,
    };
    let fitting = adapters
        .iter()
        .enumerate()
        .filter(|(_, adapter)| fits(adapter));
    // `min_by_key` takes the first of equals.
    fitting
        .min_by_key(|(_, adapter)| adapter.kind)
        .map(|(index, _)| index)
}

/// An instance and the adapters that it has.
pub(super) struct Adapters {
    pub(super) instance: wgpu::Instance,
    pub(super) adapters: Vec<(AdapterSummary, wgpu::Adapter)>,
}

impl Adapters {
    /// Asks every driver. OpenGL is left out: its drivers differ in what integers in shaders mean.
    pub(super) fn enumerate() -> Self {
        let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends,
            flags: wgpu::InstanceFlags::empty(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let computes = |adapter: &wgpu::Adapter| {
            let flags = adapter.get_downlevel_capabilities().flags;
            flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS)
        };
        let adapters = block_on(instance.enumerate_adapters(backends))
            .into_iter()
            .filter(computes)
            .map(|adapter| (AdapterSummary::of(&adapter), adapter))
            .collect();
        Self { instance, adapters }
    }

    fn summaries(&self) -> Vec<AdapterSummary> {
        self.adapters
            .iter()
            .map(|(summary, _)| summary.clone())
            .collect()
    }

    /// Takes the adapter that `policy` means.
    pub(super) fn take(
        mut self,
        policy: &AdapterPolicy,
    ) -> Result<(wgpu::Instance, AdapterSummary, wgpu::Adapter), ExecutorError> {
        let summaries = self.summaries();
        let index = choose(policy, &summaries).ok_or_else(|| ExecutorError::NoAdapter {
            policy: policy.clone(),
            found: summaries.iter().map(ToString::to_string).collect(),
        })?;
        let (summary, adapter) = self.adapters.swap_remove(index);
        Ok((self.instance, summary, adapter))
    }
}

/// Every adapter that can compute, in the order in which the drivers list them.
pub fn list_adapters() -> Vec<AdapterSummary> {
    Adapters::enumerate().summaries()
}

#[cfg(test)]
mod should {
    use super::*;

    fn adapter(name: &str, kind: AdapterKind, pci_address: &str) -> AdapterSummary {
        AdapterSummary {
            name: name.into(),
            kind,
            backend: "vulkan".into(),
            driver: "driver 1".into(),
            vendor: 0,
            device: 0,
            pci_address: pci_address.into(),
            limits: AdapterLimits {
                tensor_bytes: 1 << 27,
                buffer_bytes: 1 << 28,
                workgroup_bytes: 1 << 14,
                workgroup_threads: 256,
                workgroups: 65535,
            },
        }
    }

    fn machine() -> Vec<AdapterSummary> {
        vec![
            adapter(
                "llvmpipe (LLVM 15.0.6, 256 bits)",
                AdapterKind::Software,
                "",
            ),
            adapter("Graphics 770", AdapterKind::Integrated, "0000:00:02.0"),
            adapter("RTX 4090", AdapterKind::Discrete, "0000:01:00.0"),
            adapter("RTX 4090", AdapterKind::Discrete, "0000:02:00.0"),
        ]
    }

    #[test]
    fn take_the_first_of_the_best_adapters() {
        let machine = machine();
        assert_eq!(choose(&AdapterPolicy::Best, &machine), Some(2));
        assert_eq!(choose(&AdapterPolicy::Best, &machine[..2]), Some(1));
        assert_eq!(choose(&AdapterPolicy::Best, &machine[..1]), Some(0));
        assert_eq!(choose(&AdapterPolicy::Best, &[]), None);
    }

    #[test]
    fn take_only_the_kind_that_is_asked_for() {
        let machine = machine();
        assert_eq!(choose(&AdapterPolicy::Discrete, &machine), Some(2));
        assert_eq!(choose(&AdapterPolicy::Integrated, &machine), Some(1));
        assert_eq!(choose(&AdapterPolicy::Software, &machine), Some(0));
        assert_eq!(choose(&AdapterPolicy::Discrete, &machine[..2]), None);
        assert_eq!(choose(&AdapterPolicy::Cpu, &machine), None);
    }

    #[test]
    fn find_an_adapter_by_a_part_of_its_name_or_its_address() {
        let machine = machine();
        let named = |text: &str| choose(&AdapterPolicy::Named(text.into()), &machine);
        assert_eq!(named("LLVMpipe"), Some(0));
        assert_eq!(named("rtx"), Some(2));
        assert_eq!(named("0000:02:00.0"), Some(3));
        assert_eq!(named("0000:02"), None);
        assert_eq!(named("radeon"), None);
    }

    #[test]
    fn read_a_policy_as_it_is_written() {
        for policy in [
            AdapterPolicy::Best,
            AdapterPolicy::Discrete,
            AdapterPolicy::Integrated,
            AdapterPolicy::Software,
            AdapterPolicy::Cpu,
            AdapterPolicy::Named("RTX 4090".into()),
        ] {
            assert_eq!(policy.to_string().parse(), Ok(policy));
        }
        for text in ["", "gpu", "name:", "name: ", "Best"] {
            assert!(text.parse::<AdapterPolicy>().is_err(), "{text}");
        }
    }
}
