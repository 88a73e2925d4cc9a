// SPDX-License-Identifier: Apache-2.0
//! Inputs of models from files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use assay_circuit::Circuit;
use assay_compiler::{samples, Manifest};
use serde::{de::DeserializeOwned, Deserialize};

use crate::exit::Failure;

/// Larger files than any key, proof or list of codes within the circuit's limits are not read.
pub(crate) const MAX_FILE_BYTES: u64 = 1 << 29;

/// Inputs as the circuit takes them.
#[derive(Debug, Deserialize)]
struct InputCodes {
    input_codes: Vec<Vec<i32>>,
}

/// The codes of all inputs in `files`, for the model of a circuit. Files of real numbers need the model's scale, from
/// `manifest`; {"input_codes": [[integers]]} needs nothing.
///
/// `owner` is what the circuit is of, for messages.
pub(crate) fn codes(
    files: &[PathBuf],
    manifest: &Path,
    circuit: &Circuit,
    owner: &str,
) -> Result<Vec<Vec<i32>>, Failure> {
    let mut inputs = Vec::new();
    for file in files {
        let is_json = file.extension().is_some_and(|ending| ending == "json");
        if is_json {
            if let Ok(codes) = read_json::<InputCodes>(file) {
                inputs.extend(codes.input_codes);
                continue;
            }
        }
        let codec = matching(manifest, circuit, owner)?.input_codec(manifest)?;
        let cells = codec
            .dims
            .iter()
            .try_fold(1usize, |product, &dim| product.checked_mul(dim));
        if cells != Some(circuit.input().cells()) {
            let error = anyhow!(
                "{}: input.shape: does not belong to the circuit",
                manifest.display()
            );
            return Err(Failure::Input(error));
        }
        let samples = samples::read(file, codec.sample_shape())?;
        inputs.extend(samples.iter().map(|sample| codec.encode(sample)));
    }
    Ok(inputs)
}

/// Reads the manifest of a circuit.
pub(crate) fn matching(path: &Path, circuit: &Circuit, owner: &str) -> Result<Manifest, Failure> {
    let manifest = Manifest::read(path)?;
    if manifest.circuit_hash != hex::encode(circuit.hash()) {
        let error = anyhow!("{}: circuit_hash: not that of {owner}", path.display());
        return Err(Failure::Input(error));
    }
    Ok(manifest)
}

/// Reads a file that is not longer than any that belongs here.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let fail = |what: String| Failure::Input(anyhow!("{}: {what}", path.display()));
    let size = fs::metadata(path)
        .map_err(|error| fail(error.to_string()))?
        .len();
    if size > MAX_FILE_BYTES {
        return Err(fail(format!(
            "{size} bytes, at most {MAX_FILE_BYTES} are read"
        )));
    }
    fs::read(path).map_err(|error| fail(error.to_string()))
}

/// Reads a JSON file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    serde_json::from_slice(&read(path)?)
        .map_err(|error| Failure::Input(anyhow!("{}: {error}", path.display())))
}

/// Writes a file as a whole or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut staging = path.as_os_str().to_owned();
    staging.push(format!(".new-{}", std::process::id()));
    let staging = PathBuf::from(staging);
    let result = fs::write(&staging, bytes).and_then(|()| fs::rename(&staging, path));
    if result.is_err() {
        let _ = fs::remove_file(&staging);
    }
    result.map_err(|error| Failure::Machine(anyhow!("{}: {error}", path.display())))
}
