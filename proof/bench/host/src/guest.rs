// SPDX-License-Identifier: Apache-2.0
//! The wasm module under wasmtime, configured as the SDK's executor configures it.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use codec::Encode;
use wasmtime::{Config, Engine, Instance, Module, OptLevel, Store};

/// What the guest decodes: the fields are in its order.
#[derive(Encode)]
pub struct Request {
    pub key: Vec<u8>,
    pub chain_id: [u8; 32],
    pub jobs: Vec<Vec<u8>>,
    pub provider: [u8; 32],
    pub inputs: Vec<Vec<i32>>,
    pub outputs: Vec<Vec<i32>>,
    pub proof: Vec<u8>,
}

/// A compiled module.
pub struct Guest {
    engine: Engine,
    module: Module,
}

impl Guest {
    /// Compiles the module at `path`.
    pub fn load(path: &Path) -> Result<Self> {
        // `common_config` of sc-executor-wasmtime 0.47 with the semantics of sc-executor 0.51.
        let mut config = Config::new();
        config.cranelift_opt_level(OptLevel::SpeedAndSize);
        config.cranelift_nan_canonicalization(false);
        config.max_wasm_stack(1024 * 1024);
        config.wasm_reference_types(false);
        config.wasm_simd(false);
        config.wasm_relaxed_simd(false);
        config.wasm_bulk_memory(false);
        config.wasm_multi_value(false);
        config.wasm_multi_memory(false);
        config.wasm_threads(false);
        config.wasm_memory64(false);
        config.wasm_tail_call(false);
        config.wasm_extended_const(false);
        let engine = Engine::new(&config)?;
        let module = Module::from_file(&engine, path)
            .with_context(|| format!("compiling {}", path.display()))?;
        Ok(Self { engine, module })
    }

    /// The guest's verdict and the milliseconds of the call, in a fresh instance as for every runtime call: from the encoded request
    /// in its memory to the verdict. Compiling and instantiating the module are left out.
    pub fn verify(&self, request: &[u8]) -> Result<(i32, f64)> {
        let mut store = Store::new(&self.engine, ());
        let instance = Instance::new(&mut store, &self.module, &[])?;
        let memory = instance.get_memory(&mut store, "memory").context("no memory exported")?;
        let allocate = instance.get_typed_func::<u32, u32>(&mut store, "allocate")?;
        let verify = instance.get_typed_func::<(u32, u32), i32>(&mut store, "verify_request")?;
        let length = u32::try_from(request.len())?;
        let pointer = allocate.call(&mut store, length)?;
        memory.write(&mut store, usize::try_from(pointer)?, request)?;
        let started = Instant::now();
        let verdict = verify.call(&mut store, (pointer, length))?;
        Ok((verdict, started.elapsed().as_secs_f64() * 1e3))
    }

    /// Milliseconds of one check of two pairings.
    pub fn pairing(&self) -> Result<f64> {
        let mut store = Store::new(&self.engine, ());
        let instance = Instance::new(&mut store, &self.module, &[])?;
        let check = instance.get_typed_func::<(), i32>(&mut store, "pairing_check")?;
        let started = Instant::now();
        check.call(&mut store, ())?;
        Ok(started.elapsed().as_secs_f64() * 1e3)
    }
}
