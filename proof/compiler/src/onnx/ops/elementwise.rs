// SPDX-License-Identifier: Apache-2.0
//! Element-wise operators: on one activation they become functions, on an activation and a vector a factor for each channel,
//! on two activations a combination that a later pass turns into a sum or a table.

use std::{f64::consts::SQRT_2, sync::Arc};

use super::linear::add_along;
use crate::{
    error::FieldError,
    graph::function::{Binary, Function, Step, Unary},
    onnx::{
        import::{Activation, Call, Importer, Layout, Value},
        tensor::Tensor,
    },
};

/// `None` if the operator isn't element-wise.
pub(super) fn apply(
    importer: &mut Importer,
    call: &Call,
) -> Result<Option<Activation>, FieldError> {
    if let Some(function) = function(call)? {
        let x = call.activation(0)?;
        let id = importer.graph.map(x.id, Arc::new(function), &call.origin);
        return Ok(Some(Activation {
            id,
            dims: x.dims.clone(),
        }));
    }
    if let Some(op) = binary_operator(call.operator) {
        let (a, b) = (call.operand(0)?.clone(), call.operand(1)?.clone());
        if call.operands.len() > 2 && !matches!(op, Binary::Max | Binary::Min) {
            return Err(call.malformed("more than two operands"));
        }
        return variadic(importer, call, op, vec![a, b], 2).map(Some);
    }
    Ok(match call.operator {
        "Sum" => Some(variadic(importer, call, Binary::Add, Vec::new(), 0)?),
        "Mean" => {
            let sum = variadic(importer, call, Binary::Add, Vec::new(), 0)?;
            let function = Arc::new(Function::rescale(1.0 / call.operands.len() as f64));
            let id = importer.graph.map(sum.id, function, &call.origin);
            Some(Activation { id, dims: sum.dims })
        }
        "PRelu" => Some(prelu(importer, call)?),
        _ => None,
    })
}

/// The operation of an ONNX operator on two operands.
pub(super) fn binary_operator(operator: &str) -> Option<Binary> {
    Some(match operator {
        "Add" => Binary::Add,
        "Div" => Binary::Div,
        "Max" => Binary::Max,
        "Min" => Binary::Min,
        "Mul" => Binary::Mul,
        "Pow" => Binary::Pow,
        "Sub" => Binary::Sub,
        _ => return None,
    })
}

/// The function of an operator with one operand, with its attributes.
pub(super) fn function(call: &Call) -> Result<Option<Function>, FieldError> {
    let float = |name: &str, default: f64| call.attributes.float_or(name, default);
    let unary = match call.operator {
        "Abs" => Unary::Abs,
        "Ceil" => Unary::Ceil,
        "Celu" => Unary::Celu {
            alpha: float("alpha", 1.0)?,
        },
        "Clip" => clip(call)?,
        "Cos" => Unary::Cos,
        "Elu" => Unary::Elu {
            alpha: float("alpha", 1.0)?,
        },
        "Erf" => Unary::Erf,
        "Exp" => Unary::Exp,
        "Floor" => Unary::Floor,
        "HardSigmoid" => Unary::HardSigmoid {
            alpha: float("alpha", 0.2)?,
            beta: float("beta", 0.5)?,
        },
        "LeakyRelu" => Unary::LeakyRelu {
            alpha: float("alpha", 0.01)?,
        },
        "Log" => Unary::Log,
        "Neg" => Unary::Negate,
        "Reciprocal" => Unary::Reciprocal,
        "Relu" => Unary::Clip {
            low: 0.0,
            high: f64::INFINITY,
        },
        "Round" => Unary::Round,
        "Selu" => {
            // The defaults of the ONNX specification.
            let (alpha, gamma) = (1.673_263_192_176_818_8, 1.050_700_962_543_487_5);
            Unary::Selu {
                alpha: float("alpha", alpha)?,
                gamma: float("gamma", gamma)?,
            }
        }
        "Sigmoid" => Unary::Sigmoid,
        "Sign" => Unary::Sign,
        "Sin" => Unary::Sin,
        "Softplus" => Unary::Softplus,
        "Softsign" => Unary::Softsign,
        "Sqrt" => Unary::Sqrt,
        "Tanh" => Unary::Tanh,
        "ThresholdedRelu" => Unary::ThresholdedRelu {
            alpha: float("alpha", 1.0)?,
        },
        "Gelu" => return gelu(call).map(Some),
        "HardSwish" => {
            return Ok(Some(gated(vec![Step::Unary(
                Unary::HardSigmoid {
                    alpha: 1.0 / 6.0,
                    beta: 0.5,
                },
                0,
            )])))
        }
        "Mish" => {
            return Ok(Some(gated(vec![
                Step::Unary(Unary::Softplus, 0),
                Step::Unary(Unary::Tanh, 1),
            ])))
        }
        _ => return Ok(None),
    };
    Ok(Some(Function::unary(unary)))
}

/// `x` times the result of the steps.
fn gated(gate: Vec<Step>) -> Function {
    let mut steps = vec![Step::Argument];
    steps.extend(gate);
    steps.push(Step::Binary(Binary::Mul, 0, steps.len() - 1));
    Function::new(steps)
}

fn gelu(call: &Call) -> Result<Function, FieldError> {
    // 0.5 x (1 + erf(x / sqrt 2)), or 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
    let mut steps = vec![Step::Argument];
    match call.attributes.string("approximate")?.unwrap_or("none") {
        "none" => steps.extend([
            Step::Constant(SQRT_2),
            Step::Binary(Binary::Div, 0, 1),
            Step::Unary(Unary::Erf, 2),
        ]),
        "tanh" => steps.extend([
            Step::Binary(Binary::Mul, 0, 0),
            Step::Binary(Binary::Mul, 0, 1),
            Step::Constant(0.044715),
            Step::Binary(Binary::Mul, 2, 3),
            Step::Binary(Binary::Add, 0, 4),
            Step::Constant((2.0 / std::f64::consts::PI).sqrt()),
            Step::Binary(Binary::Mul, 5, 6),
            Step::Unary(Unary::Tanh, 7),
        ]),
        other => {
            return Err(call
                .attributes
                .malformed("approximate", &format!("unknown value {other:?}")))
        }
    }
    let bell = steps.len() - 1;
    steps.extend([
        Step::Constant(1.0),
        Step::Binary(Binary::Add, bell, bell + 1),
        Step::Binary(Binary::Mul, 0, bell + 2),
        Step::Constant(0.5),
        Step::Binary(Binary::Mul, bell + 3, bell + 4),
    ]);
    Ok(Function::new(steps))
}

/// Bounds are attributes up to operator set 10, operands later.
fn clip(call: &Call) -> Result<Unary, FieldError> {
    let bound = |attribute: &str, operand: usize, default: f64| -> Result<f64, FieldError> {
        let value = match call.optional_constant(operand)? {
            Some(tensor) => {
                let what = format!("operand {operand} ({attribute}) is not a scalar");
                tensor.scalar().ok_or_else(|| call.malformed(what))?
            }
            None => call.attributes.float_or(attribute, default)?,
        };
        // Exporters write the largest float for "no bound".
        Ok(if value.abs() >= f32::MAX as f64 {
            value.signum() * f64::INFINITY
        } else {
            value
        })
    };
    let low = bound("min", 1, f64::NEG_INFINITY)?;
    let high = bound("max", 2, f64::INFINITY)?;
    if low > high {
        return Err(call.malformed(format!(
            "the bounds {low} and {high} are the wrong way round"
        )));
    }
    Ok(Unary::Clip { low, high })
}

fn prelu(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    let slope = uniform(call.constant(1)?)
        .ok_or_else(|| call.unsupported("slopes that differ between channels", "one slope"))?;
    let function = Arc::new(Function::unary(Unary::LeakyRelu { alpha: slope }));
    let id = importer.graph.map(x.id, function, &call.origin);
    Ok(Activation {
        id,
        dims: x.dims.clone(),
    })
}

/// The value of all elements, if they are the same.
fn uniform(tensor: &Tensor) -> Option<f64> {
    let values = tensor.to_floats();
    let first = *values.first()?;
    values
        .iter()
        .all(|&value| value == first)
        .then_some(first as f64)
}

/// Folds the operands from the left, beginning with `first`, which are operands `0..next`.
fn variadic(
    importer: &mut Importer,
    call: &Call,
    op: Binary,
    first: Vec<Value>,
    next: usize,
) -> Result<Activation, FieldError> {
    let mut operands = first;
    for index in next..call.operands.len() {
        operands.push(call.operand(index)?.clone());
    }
    // Constants last: at least one operand is an activation, and the variadic operators are commutative.
    if operands.len() > 2 {
        operands.sort_by_key(|value| matches!(value, Value::Constant(_)));
    }
    let mut operands = operands.into_iter();
    let mut result = operands
        .next()
        .ok_or_else(|| call.malformed("no operands"))?;
    for operand in operands {
        result = Value::Activation(binary(importer, call, op, result, operand)?);
    }
    match result {
        Value::Activation(activation) => Ok(activation),
        Value::Constant(_) => Err(call.malformed("no operand depends on the input")),
    }
}

fn binary(
    importer: &mut Importer,
    call: &Call,
    op: Binary,
    a: Value,
    b: Value,
) -> Result<Activation, FieldError> {
    match (a, b) {
        (Value::Activation(a), Value::Activation(b)) => {
            if a.dims == b.dims {
                let id = importer.graph.combine(op, a.id, b.id, &call.origin);
                return Ok(Activation { id, dims: a.dims });
            }
            let dims = broadcast(&a.dims, &b.dims);
            let cells = |dims: &[usize]| dims.iter().product::<usize>();
            match dims {
                Some(dims) if cells(&dims) == cells(&a.dims) && cells(&dims) == cells(&b.dims) => {
                    let a = importer.reshaped(call, &a, dims.clone())?;
                    let b = importer.reshaped(call, &b, dims.clone())?;
                    let id = importer.graph.combine(op, a.id, b.id, &call.origin);
                    Ok(Activation { id, dims })
                }
                Some(_) => {
                    Err(call
                        .unsupported("one activation is broadcast", "activations of equal shapes"))
                }
                None => {
                    Err(call
                        .malformed(format!("shapes {:?} and {:?} do not match", a.dims, b.dims)))
                }
            }
        }
        (Value::Activation(x), Value::Constant(c)) => {
            with_constant(importer, call, op, x, &c, false)
        }
        (Value::Constant(c), Value::Activation(x)) => {
            with_constant(importer, call, op, x, &c, true)
        }
        (Value::Constant(_), Value::Constant(_)) => {
            Err(call.malformed("no operand depends on the input"))
        }
    }
}

/// `op(x, c)`, or `op(c, x)` if `reversed`.
fn with_constant(
    importer: &mut Importer,
    call: &Call,
    op: Binary,
    x: Activation,
    c: &Tensor,
    reversed: bool,
) -> Result<Activation, FieldError> {
    let dims = broadcast(&x.dims, &c.dims).ok_or_else(|| {
        call.malformed(format!("shapes {:?} and {:?} do not match", x.dims, c.dims))
    })?;
    if dims.iter().product::<usize>() != x.dims.iter().product::<usize>() {
        return Err(call.unsupported(
            "the constant enlarges the activation",
            "a constant that fits its shape",
        ));
    }
    let x = importer.reshaped(call, &x, dims.clone())?;
    if let Some(value) = uniform(c) {
        let operation = if reversed {
            Step::Binary(op, 1, 0)
        } else {
            Step::Binary(op, 0, 1)
        };
        let function = Function::new(vec![Step::Argument, Step::Constant(value), operation]);
        let id = importer.graph.map(x.id, Arc::new(function), &call.origin);
        return Ok(Activation { id, dims });
    }
    let supported =
        "a constant for each index of one axis, added, subtracted, multiplied or divided by";
    let offset = dims.len() - c.dims.len();
    let varying: Vec<usize> = (0..c.dims.len()).filter(|&axis| c.dims[axis] > 1).collect();
    let (&[axis], Some(_)) = (varying.as_slice(), Layout::of(&dims)) else {
        return Err(call.unsupported("the constant varies along several axes", supported));
    };
    let values = c.to_floats();
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        let problem = crate::error::Problem::NotFinite {
            index,
            value: values[index],
        };
        return Err(FieldError::new(call.attributes.field, problem));
    }
    let ones = vec![1.0; values.len()];
    let zeros = vec![0.0; values.len()];
    let negated = || values.iter().map(|value| -value).collect::<Vec<_>>();
    let (scale, shift) = match (op, reversed) {
        (Binary::Add, _) => (ones, values),
        (Binary::Sub, false) => (ones, negated()),
        (Binary::Sub, true) => (vec![-1.0; values.len()], values),
        (Binary::Mul, _) => (values, zeros),
        (Binary::Div, false) if values.iter().all(|&value| value != 0.0) => {
            (values.iter().map(|value| 1.0 / value).collect(), zeros)
        }
        _ => return Err(call.unsupported("the constant differs between channels", supported)),
    };
    add_along(importer, call, x, offset + axis, scale, shift)
}

/// The common shape of two operands under ONNX's multidirectional broadcasting.
pub(super) fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let extent = |dims: &[usize], axis: usize| match (axis + dims.len()).checked_sub(rank) {
        Some(own) => dims[own],
        None => 1,
    };
    (0..rank)
        .map(|axis| match (extent(a, axis), extent(b, axis)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect()
}
