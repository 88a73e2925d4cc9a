// SPDX-License-Identifier: Apache-2.0
//! A compiled model on disk: a folder with
//!
//! | file | content |
//! | --- | --- |
//! | `circuit.bin` | SCALE encoding of the [`Circuit`] |
//! | `parameters.bin` | SCALE encoding of its [`Parameters`] |
//! | `model.json` | the [`Manifest`]: scales, shapes, labels, hashes, report |
//! | others | what the caller adds, such as the verifying key `model.vk` |
//!
//! A folder is written beside its place and then renamed, so that what is there is whole.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use assay_circuit::{limits::MAX_CIRCUIT_BYTES, Circuit, Model, Parameters, Range};
use blake2::{
    digest::{consts::U32, Digest},
    Blake2b,
};
use codec::Encode;
use serde::{Deserialize, Serialize};

use crate::{
    compile::{Compiled, InputCodec, OutputCodec},
    error::{Error, FieldError},
    limits::{MAX_MANIFEST_BYTES, MAX_PARAMETER_BYTES},
    onnx::file::read_bytes,
    report::Report,
};

/// Version of the folder's format.
pub const BUNDLE_VERSION: u32 = 1;

const CIRCUIT: &str = "circuit.bin";
const PARAMETERS: &str = "parameters.bin";
const MANIFEST: &str = "model.json";

/// The content of `model.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`BUNDLE_VERSION`].
    pub version: u32,
    /// Operator set of the ONNX file.
    pub opset: i64,
    /// The model's input.
    pub input: TensorManifest,
    /// The model's output.
    pub output: TensorManifest,
    /// Names of the output's classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// [`Circuit::hash`], hexadecimal.
    pub circuit_hash: String,
    /// BLAKE2b-256 of `parameters.bin`, hexadecimal.
    pub parameters_hash: String,
    /// What the compilation did.
    pub report: Report,
}

/// Name, extents and codes of the input or the output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TensorManifest {
    /// Name in the ONNX file.
    pub name: String,
    /// Extents, with a batch of one.
    pub shape: Vec<usize>,
    /// Real value of one code, rounded as the writer of JSON likes.
    pub scale: f64,
    /// The exact scale: the bits of an IEEE 754 binary64, hexadecimal.
    pub scale_bits: String,
    /// Smallest code.
    pub low: i32,
    /// Largest code.
    pub high: i32,
}

/// A compiled model.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The circuit and its parameters.
    pub model: Model,
    /// Real inputs to codes.
    pub input: InputCodec,
    /// Codes to real outputs.
    pub output: OutputCodec,
    /// What `model.json` says.
    pub manifest: Manifest,
}

impl From<Compiled> for Bundle {
    fn from(compiled: Compiled) -> Self {
        let Compiled {
            model,
            input,
            output,
            opset,
            report,
        } = compiled;
        let circuit = model.circuit();
        let manifest = Manifest {
            version: BUNDLE_VERSION,
            opset,
            input: tensor(&input.name, &input.dims, input.scale, input.range),
            output: tensor(
                &output.name,
                &output.dims,
                output.scale,
                circuit.output().range,
            ),
            labels: output.labels.clone(),
            circuit_hash: hex(&circuit.hash()),
            parameters_hash: hex(&hash(&model.parameters().encode())),
            report,
        };
        Self {
            model,
            input,
            output,
            manifest,
        }
    }
}

impl Manifest {
    /// Reads a `model.json`. That it belongs to a circuit is for the caller to check, by [`Manifest::circuit_hash`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = read_bytes(path, MAX_MANIFEST_BYTES)?;
        let manifest: Self = serde_json::from_slice(&bytes)
            .map_err(|error| FieldError::malformed("manifest", error.to_string()).in_file(path))?;
        if manifest.version != BUNDLE_VERSION {
            let what = format!("{}, {BUNDLE_VERSION} is supported", manifest.version);
            return Err(FieldError::malformed("version", what).in_file(path));
        }
        Ok(manifest)
    }

    /// Real inputs to codes, as the manifest at `path` says.
    pub fn input_codec(&self, path: &Path) -> Result<InputCodec, Error> {
        Ok(InputCodec {
            name: self.input.name.clone(),
            dims: self.input.shape.clone(),
            scale: self.input.exact_scale("input.scale_bits", path)?,
            range: Range {
                low: self.input.low,
                high: self.input.high,
            },
        })
    }

    /// Codes to real outputs, as the manifest at `path` says.
    pub fn output_codec(&self, path: &Path) -> Result<OutputCodec, Error> {
        Ok(OutputCodec {
            name: self.output.name.clone(),
            dims: self.output.shape.clone(),
            scale: self.output.exact_scale("output.scale_bits", path)?,
            labels: self.labels.clone(),
        })
    }
}

impl TensorManifest {
    fn exact_scale(&self, field: &str, path: &Path) -> Result<f64, Error> {
        let bits = u64::from_str_radix(&self.scale_bits, 16);
        bits.ok()
            .map(f64::from_bits)
            .filter(|scale| scale.is_finite() && *scale > 0.0)
            .ok_or_else(|| {
                let what = "not the bits of a positive number";
                FieldError::malformed(field, what).in_file(path)
            })
    }
}

fn tensor(name: &str, dims: &[usize], scale: f64, range: Range) -> TensorManifest {
    TensorManifest {
        name: name.to_string(),
        shape: dims.to_vec(),
        scale,
        scale_bits: format!("{:016x}", scale.to_bits()),
        low: range.low,
        high: range.high,
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Bundle {
    /// Writes the folder with `others`, files by name and content, or leaves everything as it was. An existing folder is replaced
    /// if it is empty or holds a compiled model.
    pub fn write(&self, folder: &Path, others: &[(&str, &[u8])]) -> Result<(), Error> {
        let fail = |error: io::Error| FieldError::new("folder", error).in_file(folder);
        if folder.exists() && !is_replaceable(folder).map_err(fail)? {
            let what = "exists and holds something other than a compiled model";
            return Err(FieldError::malformed("folder", what).in_file(folder));
        }
        let name = folder.file_name().and_then(|name| name.to_str());
        let name =
            name.ok_or_else(|| FieldError::malformed("folder", "has no name").in_file(folder))?;
        let parent = match folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(fail)?;
        let staging = parent.join(format!(".{name}.new-{}", std::process::id()));
        let result = self
            .write_files(&staging, others)
            .and_then(|()| replace(&staging, folder));
        if result.is_err() {
            let _ = fs::remove_dir_all(&staging);
        }
        result.map_err(fail)
    }

    fn write_files(&self, staging: &Path, others: &[(&str, &[u8])]) -> io::Result<()> {
        if staging.exists() {
            fs::remove_dir_all(staging)?;
        }
        fs::create_dir(staging)?;
        fs::write(staging.join(CIRCUIT), self.model.circuit().to_bytes())?;
        fs::write(staging.join(PARAMETERS), self.model.parameters().encode())?;
        let mut manifest = serde_json::to_vec_pretty(&self.manifest)?;
        manifest.push(b'\n');
        for (name, content) in others {
            fs::write(staging.join(name), content)?;
        }
        fs::write(staging.join(MANIFEST), manifest)
    }

    /// Reads a folder and checks that its parts belong together: hashes, shapes, ranges and every bound of the circuit.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(MANIFEST);
        let manifest = Manifest::read(&path)?;
        let fail = |field: &str, what: &str| FieldError::malformed(field, what).in_file(&path);

        let circuit_path = folder.join(CIRCUIT);
        let bytes = read_bytes(&circuit_path, MAX_CIRCUIT_BYTES as u64)?;
        let circuit = Circuit::from_bytes(&bytes).map_err(|error| {
            FieldError::malformed("circuit", error.to_string()).in_file(&circuit_path)
        })?;
        if hex(&circuit.hash()) != manifest.circuit_hash {
            return Err(fail("circuit_hash", "does not belong to circuit.bin"));
        }
        let parameters_path = folder.join(PARAMETERS);
        let bytes = read_bytes(&parameters_path, MAX_PARAMETER_BYTES)?;
        if hex(&hash(&bytes)) != manifest.parameters_hash {
            return Err(fail("parameters_hash", "does not belong to parameters.bin"));
        }
        let in_parameters =
            |what: String| FieldError::malformed("parameters", what).in_file(&parameters_path);
        let parameters = Parameters::from_bytes(&circuit, &bytes)
            .map_err(|error| in_parameters(error.to_string()))?;
        let model =
            Model::new(circuit, parameters).map_err(|error| in_parameters(error.to_string()))?;

        let (input, output) = (model.circuit().input(), model.circuit().output());
        for (field, own, cells, range) in [
            ("input", &manifest.input, input.cells(), input.range),
            ("output", &manifest.output, output.cells(), output.range),
        ] {
            let product = own
                .shape
                .iter()
                .try_fold(1usize, |product, &dim| product.checked_mul(dim));
            if product != Some(cells) {
                return Err(fail(
                    &format!("{field}.shape"),
                    "does not belong to the circuit",
                ));
            }
            if (own.low, own.high) != (range.low, range.high) {
                return Err(fail(
                    &format!("{field}.low, {field}.high"),
                    "do not belong to the circuit",
                ));
            }
        }
        let input = manifest.input_codec(&path)?;
        let output = manifest.output_codec(&path)?;
        Ok(Self {
            model,
            input,
            output,
            manifest,
        })
    }
}

/// Whether a folder is empty or a compiled model.
fn is_replaceable(folder: &Path) -> io::Result<bool> {
    if !folder.is_dir() {
        return Ok(false);
    }
    Ok(folder.join(MANIFEST).is_file() || fs::read_dir(folder)?.next().is_none())
}

/// Puts `staging` in the place of `folder`.
fn replace(staging: &Path, folder: &Path) -> io::Result<()> {
    if !folder.exists() {
        return fs::rename(staging, folder);
    }
    let mut old = staging.as_os_str().to_owned();
    old.push(".old");
    let old = PathBuf::from(old);
    fs::rename(folder, &old)?;
    if let Err(error) = fs::rename(staging, folder) {
        fs::rename(&old, folder)?;
        return Err(error);
    }
    fs::remove_dir_all(old)
}
