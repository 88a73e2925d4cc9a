// SPDX-License-Identifier: Apache-2.0
//! The bytes of an ONNX file as messages, and what its graph declares.

use std::{collections::HashSet, fs, path::Path};

use super::proto::{
    tensor_proto::DataType, tensor_shape_proto::dimension::Value as Extent, type_proto, GraphProto,
    ModelProto, ValueInfoProto,
};
use assay_circuit::limits::MAX_INPUT_CELLS;
use prost::Message;

use super::OPSETS;
use crate::{
    error::{Error, FieldError, Problem},
    limits::{MAX_ONNX_BYTES, MAX_ONNX_NODES, MAX_RANK},
};

/// Reads a file of limited size.
pub(crate) fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let fail = |problem: Problem| FieldError::new("file", problem).in_file(path);
    let metadata = fs::metadata(path).map_err(|error| fail(error.into()))?;
    if !metadata.is_file() {
        return Err(fail(Problem::Malformed("not a regular file".into())));
    }
    if metadata.len() > limit {
        return Err(fail(Problem::TooLarge {
            size: metadata.len(),
            limit,
            unit: "bytes",
        }));
    }
    fs::read(path).map_err(|error| fail(error.into()))
}

/// Reads and decodes a model.
pub(crate) fn read(path: &Path) -> Result<ModelProto, Error> {
    let bytes = read_bytes(path, MAX_ONNX_BYTES)?;
    decode(&bytes).map_err(|error| error.in_file(path))
}

/// Decodes a model. Protocol buffers carry no checksum: a file that is cut between two fields decodes, and lacks something
/// that a later step needs.
pub(crate) fn decode(bytes: &[u8]) -> Result<ModelProto, FieldError> {
    if bytes.is_empty() {
        return Err(FieldError::malformed("file", "empty"));
    }
    ModelProto::decode(bytes).map_err(|error| {
        FieldError::malformed("file", format!("not a complete ONNX model: {error}"))
    })
}

/// What a graph declares about its one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) name: String,
    /// Extents with a batch of one.
    pub(crate) dims: Vec<usize>,
    /// The batch axis in the file if it is fixed and larger than 1.
    pub(crate) fixed_batch: Option<usize>,
}

/// The operator set of the default domain.
pub(crate) fn opset(model: &ModelProto) -> Result<i64, FieldError> {
    let default = model
        .opset_import
        .iter()
        .find(|set| set.domain.is_empty() || set.domain == "ai.onnx");
    let Some(set) = default else {
        return Err(FieldError::new(
            "opset_import",
            Problem::Missing("operator set of ai.onnx".into()),
        ));
    };
    if !OPSETS.contains(&set.version) {
        let what = format!(
            "operator set {}, versions {} to {} are supported",
            set.version,
            OPSETS.start(),
            OPSETS.end()
        );
        return Err(FieldError::malformed("opset_import", what));
    }
    Ok(set.version)
}

/// The graph, within the limit on nodes.
pub(crate) fn graph(model: &mut ModelProto) -> Result<GraphProto, FieldError> {
    let graph = model.graph.take();
    let graph = graph.ok_or_else(|| FieldError::new("graph", Problem::Missing(String::new())))?;
    if graph.node.len() > MAX_ONNX_NODES {
        let problem = Problem::TooLarge {
            size: graph.node.len() as u64,
            limit: MAX_ONNX_NODES as u64,
            unit: "nodes",
        };
        return Err(FieldError::new("graph", problem));
    }
    if !graph.sparse_initializer.is_empty() {
        return Err(FieldError::malformed(
            "graph.sparse_initializer",
            "sparse constants are not supported",
        ));
    }
    Ok(graph)
}

/// The one input that isn't an initialiser.
pub(crate) fn input(graph: &GraphProto) -> Result<Input, FieldError> {
    let constants: HashSet<&str> = graph
        .initializer
        .iter()
        .map(|tensor| tensor.name.as_str())
        .collect();
    let inputs: Vec<&ValueInfoProto> = graph
        .input
        .iter()
        .filter(|input| !constants.contains(input.name.as_str()))
        .collect();
    let &[input] = inputs.as_slice() else {
        if inputs.is_empty() {
            return Err(FieldError::new(
                "graph.input",
                Problem::Missing(String::new()),
            ));
        }
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        return Err(FieldError::malformed(
            "graph.input",
            format!("{names:?}: one input is supported"),
        ));
    };
    let field = format!("input {:?}", input.name);
    let Some(type_proto::Value::TensorType(tensor)) =
        input.r#type.as_ref().and_then(|kind| kind.value.as_ref())
    else {
        return Err(FieldError::new(
            field,
            Problem::Missing("tensor type".into()),
        ));
    };
    let accepted = [
        DataType::Float,
        DataType::Double,
        DataType::Float16,
        DataType::Bfloat16,
        DataType::Uint8,
    ];
    let kind = DataType::try_from(tensor.elem_type).ok();
    if !kind.is_some_and(|kind| accepted.contains(&kind)) {
        let found = kind.map_or(format!("number {}", tensor.elem_type), |kind| {
            kind.as_str_name().into()
        });
        let expected = "FLOAT, DOUBLE, FLOAT16, BFLOAT16 or UINT8";
        return Err(FieldError::new(
            field,
            Problem::ElementType { found, expected },
        ));
    }
    let Some(shape) = &tensor.shape else {
        return Err(FieldError::new(field, Problem::Missing("shape".into())));
    };
    if shape.dim.is_empty() || shape.dim.len() > MAX_RANK {
        return Err(FieldError::malformed(
            field,
            format!("{} axes, 1 to {MAX_RANK} expected", shape.dim.len()),
        ));
    }
    let mut dims = Vec::with_capacity(shape.dim.len());
    let mut fixed_batch = None;
    for (axis, dim) in shape.dim.iter().enumerate() {
        let is_batch = axis == 0 && shape.dim.len() > 1;
        dims.push(match dim.value {
            Some(Extent::DimValue(extent)) if extent > 0 => {
                if is_batch && extent > 1 {
                    fixed_batch = Some(extent as usize);
                }
                if is_batch {
                    1
                } else {
                    extent as usize
                }
            }
            Some(Extent::DimValue(extent)) if extent < 0 => {
                return Err(FieldError::malformed(
                    field,
                    format!("axis {axis} has extent {extent}"),
                ))
            }
            _ if is_batch => 1,
            _ => {
                let what = format!(
                    "axis {axis} is dynamic; only the first axis may be, export with a fixed shape"
                );
                return Err(FieldError::malformed(field, what));
            }
        });
    }
    let cells = dims
        .iter()
        .fold(1u64, |cells, &dim| cells.saturating_mul(dim as u64));
    if cells > MAX_INPUT_CELLS {
        let problem = Problem::TooLarge {
            size: cells,
            limit: MAX_INPUT_CELLS,
            unit: "elements",
        };
        return Err(FieldError::new(field, problem));
    }
    Ok(Input {
        name: input.name.clone(),
        dims,
        fixed_batch,
    })
}

/// The name of the output: the only one, or the one that is asked for.
pub(crate) fn output(graph: &GraphProto, wanted: Option<&str>) -> Result<String, FieldError> {
    let names: Vec<&str> = graph
        .output
        .iter()
        .map(|output| output.name.as_str())
        .collect();
    match (wanted, names.as_slice()) {
        (Some(wanted), names) if names.contains(&wanted) => Ok(wanted.to_string()),
        (Some(wanted), names) => Err(FieldError::new(
            "graph.output",
            Problem::Missing(format!("{wanted:?}, there are {names:?}")),
        )),
        (None, [name]) => Ok(name.to_string()),
        (None, []) => Err(FieldError::new(
            "graph.output",
            Problem::Missing(String::new()),
        )),
        (None, names) => Err(FieldError::malformed(
            "graph.output",
            format!("several outputs, choose one of {names:?}"),
        )),
    }
}
