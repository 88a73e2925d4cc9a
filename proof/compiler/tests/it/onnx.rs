// SPDX-License-Identifier: Apache-2.0
//! ONNX models in memory.

use prost::Message;
use tract_onnx::pb::{
    attribute_proto::AttributeType, tensor_proto::DataType, tensor_shape_proto, type_proto,
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto,
};

/// A graph under construction; the last node's result is the output.
#[derive(Clone)]
pub(crate) struct Builder {
    pub(crate) graph: GraphProto,
    pub(crate) opset: i64,
    pub(crate) dims: Vec<i64>,
    last: String,
    names: usize,
    /// Small deterministic weights.
    state: u64,
}

/// One attribute.
#[derive(Clone)]
pub(crate) enum Attribute<'a> {
    Int(i64),
    Float(f32),
    Ints(&'a [i64]),
    Text(&'a str),
}

impl Builder {
    /// A graph with the float input `x`; an extent of 0 is dynamic.
    pub(crate) fn new(opset: i64, dims: &[i64]) -> Self {
        let graph = GraphProto {
            name: "test".into(),
            input: vec![info("x", dims)],
            ..Default::default()
        };
        let state = 0x9e37_79b9_7f4a_7c15;
        Self {
            graph,
            opset,
            dims: dims.to_vec(),
            last: "x".into(),
            names: 0,
            state,
        }
    }

    /// A pseudo-random number in [-1, 1).
    pub(crate) fn random(&mut self) -> f32 {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.state >> 33) as f32 / (1u64 << 30) as f32) - 1.0
    }

    pub(crate) fn seed(mut self, seed: u64) -> Self {
        self.state ^= seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
        self
    }

    pub(crate) fn last(&self) -> String {
        self.last.clone()
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    pub(crate) fn floats(&mut self, dims: &[i64], values: &[f32]) -> String {
        let name = self.name("w");
        self.graph
            .initializer
            .push(float_tensor(&name, dims, values));
        name
    }

    pub(crate) fn ints(&mut self, values: &[i64]) -> String {
        let name = self.name("i");
        self.graph.initializer.push(TensorProto {
            name: name.clone(),
            dims: vec![values.len() as i64],
            data_type: DataType::Int64 as i32,
            int64_data: values.to_vec(),
            ..Default::default()
        });
        name
    }

    /// Random weights of about the size that keeps activations in range.
    pub(crate) fn weights(&mut self, dims: &[i64]) -> String {
        let fan_in: i64 = dims[1..].iter().product::<i64>().max(1);
        let size = (3.0 / fan_in as f32).sqrt();
        let count: i64 = dims.iter().product();
        let values: Vec<f32> = (0..count).map(|_| self.random() * size).collect();
        self.floats(dims, &values)
    }

    pub(crate) fn bias(&mut self, length: i64) -> String {
        let values: Vec<f32> = (0..length).map(|_| self.random() * 0.3).collect();
        self.floats(&[length], &values)
    }

    /// A node with the inputs given; returns its result.
    pub(crate) fn node(
        &mut self,
        op: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) -> String {
        let output = self.name("t");
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|input| input.to_string()).collect(),
            output: vec![output.clone()],
            name: format!("{op}_{output}"),
            op_type: op.into(),
            attribute: attributes
                .iter()
                .map(|(name, value)| attribute(name, value))
                .collect(),
            ..Default::default()
        });
        self.last = output.clone();
        output
    }

    /// A node on the last result and the inputs given.
    pub(crate) fn then(
        &mut self,
        op: &str,
        more: &[&str],
        attributes: &[(&str, Attribute)],
    ) -> String {
        let last = self.last();
        let inputs: Vec<&str> = std::iter::once(last.as_str())
            .chain(more.iter().copied())
            .collect();
        self.node(op, &inputs, attributes)
    }

    pub(crate) fn gemm(&mut self, inputs: i64, outputs: i64) -> String {
        let (weights, bias) = (self.weights(&[outputs, inputs]), self.bias(outputs));
        self.then("Gemm", &[&weights, &bias], &[("transB", Attribute::Int(1))])
    }

    pub(crate) fn conv(&mut self, dims: &[i64], attributes: &[(&str, Attribute)]) -> String {
        let (weights, bias) = (self.weights(dims), self.bias(dims[0]));
        self.then("Conv", &[&weights, &bias], attributes)
    }

    pub(crate) fn model(&self) -> ModelProto {
        let mut graph = self.graph.clone();
        if graph.output.is_empty() {
            graph.output = vec![ValueInfoProto {
                name: self.last.clone(),
                r#type: Some(TypeProto {
                    value: Some(type_proto::Value::TensorType(type_proto::Tensor {
                        elem_type: DataType::Float as i32,
                        shape: None,
                    })),
                    ..Default::default()
                }),
                ..Default::default()
            }];
        }
        ModelProto {
            ir_version: 8,
            opset_import: vec![OperatorSetIdProto {
                domain: String::new(),
                version: self.opset,
            }],
            graph: Some(graph),
            ..Default::default()
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.model().encode_to_vec()
    }

    /// Values of one input.
    pub(crate) fn cells(&self) -> usize {
        self.dims.iter().map(|&dim| dim.max(1) as usize).product()
    }

    /// Inputs in [-1, 1).
    pub(crate) fn samples(&self, count: usize) -> Vec<Vec<f32>> {
        let mut random = self.clone().seed(77);
        let cells = self.cells();
        (0..count)
            .map(|_| (0..cells).map(|_| random.random()).collect())
            .collect()
    }
}

pub(crate) fn info(name: &str, dims: &[i64]) -> ValueInfoProto {
    let dim = |&extent: &i64| tensor_shape_proto::Dimension {
        value: Some(if extent == 0 {
            tensor_shape_proto::dimension::Value::DimParam("batch".into())
        } else {
            tensor_shape_proto::dimension::Value::DimValue(extent)
        }),
        ..Default::default()
    };
    let shape = TensorShapeProto {
        dim: dims.iter().map(dim).collect(),
    };
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape: Some(shape),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(crate) fn float_tensor(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Float as i32,
        raw_data: values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
        ..Default::default()
    }
}

fn attribute(name: &str, value: &Attribute) -> AttributeProto {
    let mut proto = AttributeProto {
        name: name.into(),
        ..Default::default()
    };
    let kind = match value {
        Attribute::Int(value) => {
            proto.i = *value;
            AttributeType::Int
        }
        Attribute::Float(value) => {
            proto.f = *value;
            AttributeType::Float
        }
        Attribute::Ints(values) => {
            proto.ints = values.to_vec();
            AttributeType::Ints
        }
        Attribute::Text(value) => {
            proto.s = value.as_bytes().to_vec();
            AttributeType::String
        }
    };
    proto.r#type = kind as i32;
    proto
}
