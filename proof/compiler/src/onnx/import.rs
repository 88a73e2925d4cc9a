// SPDX-License-Identifier: Apache-2.0
//! Walks the nodes of an ONNX graph. What depends on constants only is computed at once; what depends on the input becomes
//! nodes of the float graph.

use std::{collections::HashMap, path::Path, rc::Rc};

use super::proto::{ModelProto, NodeProto};
use assay_circuit::{limits::MAX_TENSOR_LOG, Shape};

use super::{
    attributes::Attributes,
    file, ops,
    tensor::{self, Tensor},
    SUPPORTED_OPERATORS,
};
use crate::{
    error::{Error, FieldError, Problem, Unsupported},
    graph::{Graph, Origin, ValueId},
    limits::MAX_RANK,
};

/// An ONNX model as a float graph, before any pass.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) graph: Graph,
    pub(crate) input: file::Input,
    pub(crate) output_name: String,
    /// Extents of the output with a batch of one.
    pub(crate) output_dims: Vec<usize>,
    pub(crate) opset: i64,
    /// Elements of the constants that the file holds as floats.
    pub(crate) parameters: u64,
    /// Names of the output's classes, if the file has them.
    pub(crate) labels: Option<Vec<String>>,
    /// What a user should know: for example that a Softmax was left out.
    pub(crate) notes: Vec<String>,
}

/// A tensor that depends on the input.
#[derive(Clone, Debug)]
pub(crate) struct Activation {
    pub(crate) id: ValueId,
    /// Extents in ONNX's axes, with a batch of one.
    pub(crate) dims: Vec<usize>,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Constant(Rc<Tensor>),
    Activation(Activation),
}

/// How ONNX's axes map to channels, height and width: in order, without a leading axis of one (the batch); of more than
/// three axes those of extent one are dropped from the left.
pub(crate) struct Layout {
    pub(crate) shape: Shape,
    /// For each ONNX axis the circuit's axis; `None` for a dropped one.
    pub(crate) axes: Vec<Option<usize>>,
}

impl Layout {
    /// `None` if there are more than three axes that count.
    pub(crate) fn of(dims: &[usize]) -> Option<Self> {
        let mut kept: Vec<usize> = (0..dims.len()).collect();
        if dims.len() > 1 && dims[0] == 1 {
            kept.remove(0);
        }
        while kept.len() > 3 {
            let unit = kept.iter().position(|&axis| dims[axis] == 1)?;
            kept.remove(unit);
        }
        let mut axes = vec![None; dims.len()];
        let mut extents = [1u32; 3];
        for (place, &axis) in kept.iter().enumerate() {
            axes[axis] = Some(place);
            extents[place] = u32::try_from(dims[axis]).ok()?;
        }
        let [channels, height, width] = extents;
        Some(Self {
            shape: Shape {
                channels,
                height,
                width,
            },
            axes,
        })
    }
}

/// The state of the walk.
pub(crate) struct Importer {
    pub(crate) graph: Graph,
    pub(crate) fixed_batch: Option<usize>,
    pub(crate) notes: Vec<String>,
    values: HashMap<String, Value>,
}

/// One ONNX node with its operands.
pub(crate) struct Call<'a> {
    pub(crate) operator: &'a str,
    pub(crate) attributes: Attributes<'a>,
    /// `None` for an optional operand that is left out.
    pub(crate) operands: Vec<Option<Value>>,
    /// Whether the node's only result is the graph's output and nothing reads it.
    pub(crate) is_last: bool,
    /// How many results are used.
    pub(crate) results: usize,
    pub(crate) origin: Origin,
}

/// Reads an ONNX file.
pub(crate) fn import(path: &Path, output: Option<&str>) -> Result<Imported, Error> {
    let model = file::read(path)?;
    import_model(model, output).map_err(|error| error.in_file(path))
}

/// Imports a decoded model; takes it, so that each weight is freed when it has been converted.
pub(crate) fn import_model(
    mut model: ModelProto,
    output: Option<&str>,
) -> Result<Imported, FieldError> {
    let opset = file::opset(&model)?;
    let labels = labels(&model);
    let mut proto = file::graph(&mut model)?;
    let input = file::input(&proto)?;
    let output_name = file::output(&proto, output)?;

    let mut values = HashMap::new();
    let mut parameters = 0;
    for tensor in std::mem::take(&mut proto.initializer) {
        let name = tensor.name.clone();
        let tensor = tensor::read(&format!("initializer {name:?}"), tensor)?;
        if let tensor::Data::Float(floats) = &tensor.data {
            parameters += floats.len() as u64;
        }
        values.insert(name, Value::Constant(Rc::new(tensor)));
    }
    let field = format!("input {:?}", input.name);
    let layout = Layout::of(&input.dims).ok_or_else(|| too_many_axes(&field, &input.dims))?;
    let origin = Origin {
        name: input.name.clone(),
        operator: "Input".into(),
    };
    let start = Activation {
        id: 0,
        dims: input.dims.clone(),
    };
    values.insert(input.name.clone(), Value::Activation(start));
    let mut importer = Importer {
        graph: Graph::new(layout.shape, origin),
        fixed_batch: input.fixed_batch,
        notes: Vec::new(),
        values,
    };
    if let Some(batch) = input.fixed_batch {
        importer.notes.push(format!(
            "the model's fixed batch of {batch} is compiled as a batch of one"
        ));
    }

    // Only nodes that the output depends on have to be supported.
    let needed = needed(&proto.node, &output_name);
    let mut readers: HashMap<&str, usize> = HashMap::new();
    for node in proto
        .node
        .iter()
        .zip(&needed)
        .filter_map(|(node, needed)| needed.then_some(node))
    {
        for name in &node.input {
            *readers.entry(name).or_default() += 1;
        }
    }
    for (node, needed) in proto.node.iter().zip(&needed) {
        if *needed {
            importer.node(node, &output_name, &readers)?;
            // Constants that nothing reads any more are large.
            for name in &node.input {
                if let Some(left) = readers.get_mut(name.as_str()) {
                    *left = left.saturating_sub(1);
                    if *left == 0 && *name != output_name {
                        importer.values.remove(name);
                    }
                }
            }
        }
    }
    let Some(Value::Activation(last)) = importer.values.remove(&output_name) else {
        let what = "is not computed from the input";
        return Err(FieldError::malformed(
            format!("output {output_name:?}"),
            what,
        ));
    };
    importer.graph.output = last.id;
    Ok(Imported {
        graph: importer.graph,
        input,
        output_name,
        output_dims: last.dims,
        opset,
        parameters,
        labels,
        notes: importer.notes,
    })
}

/// The class names in the metadata entry `labels` or `names`: a JSON list of strings, or names separated by commas.
fn labels(model: &ModelProto) -> Option<Vec<String>> {
    let entry = model
        .metadata_props
        .iter()
        .find(|entry| entry.key == "labels" || entry.key == "names")?;
    serde_json::from_str(&entry.value).ok().or_else(|| {
        Some(
            entry
                .value
                .split(',')
                .map(|name| name.trim().to_string())
                .collect(),
        )
    })
}

/// The nodes that an output depends on.
fn needed(nodes: &[NodeProto], output: &str) -> Vec<bool> {
    let mut names = std::collections::HashSet::from([output]);
    let mut needed = vec![false; nodes.len()];
    for (node, needed) in nodes.iter().zip(&mut needed).rev() {
        if node
            .output
            .iter()
            .any(|name| !name.is_empty() && names.contains(name.as_str()))
        {
            *needed = true;
            names.extend(node.input.iter().map(String::as_str));
        }
    }
    needed
}

fn too_many_axes(field: &str, dims: &[usize]) -> FieldError {
    let expected = "at most three axes beside the batch".to_string();
    FieldError::new(
        field,
        Problem::Shape {
            found: format!("{dims:?}"),
            expected,
        },
    )
}

impl Importer {
    fn node(
        &mut self,
        node: &NodeProto,
        output: &str,
        readers: &HashMap<&str, usize>,
    ) -> Result<(), FieldError> {
        let outputs: Vec<&str> = node.output.iter().map(String::as_str).collect();
        let name = if node.name.is_empty() {
            outputs.first().copied().unwrap_or_default()
        } else {
            &node.name
        };
        let field = format!("node {name:?}");
        let mut operands = Vec::with_capacity(node.input.len());
        for input in &node.input {
            operands.push(if input.is_empty() {
                None
            } else {
                let value = self.values.get(input).cloned();
                let missing =
                    || FieldError::new(&field, Problem::Missing(format!("its input {input:?}")));
                Some(value.ok_or_else(missing)?)
            });
        }
        let is_read =
            |name: &&str| readers.get(name).is_some_and(|&count| count > 0) || *name == output;
        let call = Call {
            operator: &node.op_type,
            attributes: Attributes {
                list: &node.attribute,
                field: &field,
            },
            operands,
            is_last: outputs.first() == Some(&output) && !readers.contains_key(output),
            results: outputs
                .iter()
                .rposition(|name| !name.is_empty() && is_read(name))
                .map_or(0, |i| i + 1),
            origin: Origin {
                name: name.to_string(),
                operator: node.op_type.clone(),
            },
        };
        if !matches!(node.domain.as_str(), "" | "ai.onnx") {
            return Err(call.unsupported(
                &format!("domain {:?} is not supported", node.domain),
                SUPPORTED_OPERATORS,
            ));
        }
        let before = self.graph.nodes.len();
        let value = ops::apply(self, &call)?;
        for node in &self.graph.nodes[before..] {
            let padded = node
                .shape
                .dims()
                .map(|dim| (dim as u64).next_power_of_two());
            let cells = padded.into_iter().fold(1u64, u64::saturating_mul);
            if cells > 1 << MAX_TENSOR_LOG {
                let problem = Problem::TooLarge {
                    size: cells,
                    limit: 1 << MAX_TENSOR_LOG,
                    unit: "padded elements",
                };
                return Err(FieldError::new(&field, problem));
            }
        }
        if let Some(first) = outputs.first() {
            self.values.insert(first.to_string(), value);
        }
        Ok(())
    }

    /// An activation under other ONNX extents with as many elements.
    pub(crate) fn reshaped(
        &mut self,
        call: &Call,
        activation: &Activation,
        dims: Vec<usize>,
    ) -> Result<Activation, FieldError> {
        if dims.len() > MAX_RANK {
            return Err(too_many_axes(call.attributes.field, &dims));
        }
        let layout =
            Layout::of(&dims).ok_or_else(|| too_many_axes(call.attributes.field, &dims))?;
        let id = self
            .graph
            .reshape(activation.id, layout.shape, &call.origin);
        Ok(Activation { id, dims })
    }
}

impl Call<'_> {
    /// An error that names the operator, its operands' shapes and what can be compiled.
    pub(crate) fn unsupported(&self, reason: &str, supported: &str) -> FieldError {
        let dims = |value: &Value| match value {
            Value::Constant(tensor) => tensor.dims.clone(),
            Value::Activation(activation) => activation.dims.clone(),
        };
        let unsupported = Unsupported {
            operator: self.operator.to_string(),
            shapes: self.operands.iter().flatten().map(dims).collect(),
            reason: reason.to_string(),
            supported: supported.to_string(),
        };
        FieldError::new(self.attributes.field, Problem::from(Box::new(unsupported)))
    }

    /// An error about an operand.
    pub(crate) fn malformed(&self, what: impl Into<String>) -> FieldError {
        FieldError::malformed(self.attributes.field, what)
    }

    pub(crate) fn operand(&self, index: usize) -> Result<&Value, FieldError> {
        self.optional(index).ok_or_else(|| {
            FieldError::new(
                self.attributes.field,
                Problem::Missing(format!("operand {index}")),
            )
        })
    }

    pub(crate) fn optional(&self, index: usize) -> Option<&Value> {
        self.operands.get(index)?.as_ref()
    }

    /// An operand that depends on the input.
    pub(crate) fn activation(&self, index: usize) -> Result<&Activation, FieldError> {
        match self.operand(index)? {
            Value::Activation(activation) => Ok(activation),
            Value::Constant(_) => Err(self.unsupported(
                &format!("operand {index} is a constant"),
                "an activation here",
            )),
        }
    }

    /// An operand that is known at compile time.
    pub(crate) fn constant(&self, index: usize) -> Result<&Rc<Tensor>, FieldError> {
        match self.operand(index)? {
            Value::Constant(tensor) => Ok(tensor),
            Value::Activation(_) => Err(self.unsupported(
                &format!("operand {index} depends on the input"),
                "a constant here",
            )),
        }
    }

    /// An optional operand, which must be a constant if it is there.
    pub(crate) fn optional_constant(
        &self,
        index: usize,
    ) -> Result<Option<&Rc<Tensor>>, FieldError> {
        match self.optional(index) {
            Some(_) => self.constant(index).map(Some),
            None => Ok(None),
        }
    }

    /// A list of integers from an attribute or, in later operator sets, from an operand.
    pub(crate) fn ints(
        &self,
        attribute: &str,
        operand: usize,
    ) -> Result<Option<Vec<i64>>, FieldError> {
        if let Some(ints) = self.attributes.ints(attribute)? {
            return Ok(Some(ints.to_vec()));
        }
        let Some(tensor) = self.optional_constant(operand)? else {
            return Ok(None);
        };
        match tensor.as_ints() {
            Some(ints) => Ok(Some(ints.to_vec())),
            None => Err(self.malformed(format!(
                "operand {operand} ({attribute}) does not hold integers"
            ))),
        }
    }

    /// An axis that may count from the end, for a tensor of `rank` axes.
    pub(crate) fn axis(&self, axis: i64, rank: usize) -> Result<usize, FieldError> {
        let from_start = if axis < 0 {
            axis.checked_add(rank as i64)
        } else {
            Some(axis)
        };
        match from_start {
            Some(axis) if (0..rank as i64).contains(&axis) => Ok(axis as usize),
            _ => Err(self.malformed(format!("axis {axis} of a tensor with {rank} axes"))),
        }
    }
}
