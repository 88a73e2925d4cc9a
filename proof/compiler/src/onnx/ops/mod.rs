// SPDX-License-Identifier: Apache-2.0
//! The meaning of each ONNX operator, by family.

mod constant;
mod elementwise;
mod linear;
mod pool;
mod view;

use super::{
    import::{Call, Importer, Value},
    SUPPORTED_OPERATORS,
};
use crate::error::FieldError;

/// The first result of a node.
pub(super) fn apply(importer: &mut Importer, call: &Call) -> Result<Value, FieldError> {
    let constant = call
        .operands
        .iter()
        .flatten()
        .all(|value| matches!(value, Value::Constant(_)));
    if constant || matches!(call.operator, "Shape" | "Size") {
        return constant::fold(call);
    }
    if call.results > 1 {
        return Err(call.unsupported("more than its first result is used", "its first result"));
    }
    let activation = match call.operator {
        "Conv" => linear::conv(importer, call),
        "Gemm" => linear::gemm(importer, call),
        "MatMul" => linear::matmul(importer, call),
        "BatchNormalization" => linear::batch_normalization(importer, call),
        "MaxPool" => pool::max_pool(importer, call),
        "AveragePool" => pool::average_pool(importer, call),
        "GlobalAveragePool" | "GlobalMaxPool" => pool::global(importer, call),
        "ReduceMean" | "ReduceSum" => pool::reduce(importer, call),
        "Flatten" => view::flatten(importer, call),
        "Reshape" => view::reshape(importer, call),
        "Squeeze" => view::squeeze(importer, call),
        "Unsqueeze" => view::unsqueeze(importer, call),
        "Transpose" => view::transpose(importer, call),
        "Pad" => view::pad(importer, call),
        "Identity" | "Dropout" | "Cast" | "Softmax" | "LogSoftmax" => view::pass(importer, call),
        _ => match elementwise::apply(importer, call)? {
            Some(activation) => Ok(activation),
            None => Err(call.unsupported("not supported", SUPPORTED_OPERATORS)),
        },
    };
    activation.map(Value::Activation)
}
