// SPDX-License-Identifier: Apache-2.0
//! Nodes whose operands are known: shape arithmetic, reshaped weights.

use std::rc::Rc;

use crate::onnx::proto::tensor_proto::DataType;

use super::{elementwise, view};
use crate::{
    error::{FieldError, Problem},
    graph::function::Binary,
    limits::MAX_CONSTANT_ELEMENTS,
    onnx::{
        import::{Call, Value},
        tensor::{self, element_count, Data, Tensor},
    },
};

pub(super) fn fold(call: &Call) -> Result<Value, FieldError> {
    let result = match call.operator {
        "Constant" => constant(call)?,
        "ConstantOfShape" => constant_of_shape(call)?,
        "Shape" => shape(call)?,
        "Size" => {
            let dims = dims_of(call.operand(0)?);
            Tensor::ints(Vec::new(), vec![dims.iter().product::<usize>() as i64])
        }
        "Identity" | "Dropout" => return Ok(call.operand(0)?.clone()),
        "Cast" => cast(call)?,
        "Reshape" => {
            let x = call.constant(0)?;
            let wanted = call
                .ints("shape", 1)?
                .ok_or_else(|| call.malformed("no shape"))?;
            let allow_zero = call.attributes.int_or("allowzero", 0)? != 0;
            let dims = view::resolve(&wanted, &x.dims, allow_zero).ok_or_else(|| {
                call.malformed(format!("{:?} does not have the shape {wanted:?}", x.dims))
            })?;
            return Ok(reshaped(x, dims));
        }
        "Flatten" => {
            let x = call.constant(0)?;
            let rank = x.dims.len();
            let axis = call.attributes.int_or("axis", 1)?;
            let axis = if axis == rank as i64 {
                rank
            } else {
                call.axis(axis, rank)?
            };
            let dims = vec![
                x.dims[..axis].iter().product(),
                x.dims[axis..].iter().product(),
            ];
            return Ok(reshaped(x, dims));
        }
        "Squeeze" => {
            let x = call.constant(0)?;
            let dims = match call.ints("axes", 1)? {
                Some(axes) => view::squeezed(call, &x.dims, Some(&axes))?,
                None => x.dims.iter().copied().filter(|&dim| dim != 1).collect(),
            };
            return Ok(reshaped(x, dims));
        }
        "Unsqueeze" => {
            let x = call.constant(0)?;
            let axes = call
                .ints("axes", 1)?
                .ok_or_else(|| call.malformed("no axes"))?;
            let dims = view::unsqueezed(call, &x.dims, &axes)?;
            return Ok(reshaped(x, dims));
        }
        "Transpose" => {
            let x = call.constant(0)?;
            let perm = view::permutation(call, x.dims.len())?;
            let dims: Vec<usize> = perm.iter().map(|&axis| x.dims[axis]).collect();
            let strides = strides(&x.dims);
            let steps: Vec<usize> = perm.iter().map(|&axis| strides[axis]).collect();
            pick(
                x,
                dims,
                0,
                &steps.iter().map(|&step| step as i64).collect::<Vec<_>>(),
            )
        }
        "Concat" => concat(call)?,
        "Slice" => slice(call)?,
        "Gather" => gather(call)?,
        "Expand" => {
            let x = call.constant(0)?;
            let wanted = call
                .ints("shape", 1)?
                .ok_or_else(|| call.malformed("no shape"))?;
            element_count(call.attributes.field, &wanted)?;
            let wanted: Vec<usize> = wanted.iter().map(|&dim| dim as usize).collect();
            let dims = elementwise::broadcast(&x.dims, &wanted).ok_or_else(|| {
                call.malformed(format!("{:?} does not expand to {wanted:?}", x.dims))
            })?;
            limit(call, &dims)?;
            expand(x, dims)
        }
        "Range" => range(call)?,
        "ReduceProd" => {
            let x = call.constant(0)?;
            let product = match &x.data {
                Data::Int(values) => {
                    Data::Int(vec![values.iter().fold(1i64, |a, &b| a.saturating_mul(b))])
                }
                Data::Float(values) => Data::Float(vec![values.iter().product()]),
            };
            let keep = call.attributes.int_or("keepdims", 1)? != 0;
            let all = x.dims.len() <= 1;
            if !all {
                return Err(call.unsupported("a constant of several axes", "a list"));
            }
            Tensor {
                dims: if keep {
                    vec![1; x.dims.len()]
                } else {
                    Vec::new()
                },
                data: product,
            }
        }
        _ => match elementwise::binary_operator(call.operator) {
            Some(op) => arithmetic(call, op)?,
            None => match elementwise::function(call)? {
                Some(function) => {
                    let x = call.constant(0)?;
                    let map = |value: f32| function.apply(value as f64) as f32;
                    let values: Vec<f32> = x.to_floats().into_iter().map(map).collect();
                    match (&x.data, call.operator) {
                        (Data::Int(ints), "Neg") => Tensor::ints(
                            x.dims.clone(),
                            ints.iter().map(|&v| v.saturating_neg()).collect(),
                        ),
                        _ => Tensor::floats(x.dims.clone(), values),
                    }
                }
                None => {
                    return Err(
                        call.unsupported("not supported on constants", super::SUPPORTED_OPERATORS)
                    )
                }
            },
        },
    };
    Ok(Value::Constant(Rc::new(result)))
}

fn dims_of(value: &Value) -> &[usize] {
    match value {
        Value::Constant(tensor) => &tensor.dims,
        Value::Activation(activation) => &activation.dims,
    }
}

fn limit(call: &Call, dims: &[usize]) -> Result<usize, FieldError> {
    let cells = dims
        .iter()
        .fold(1u64, |cells, &dim| cells.saturating_mul(dim as u64));
    if cells > MAX_CONSTANT_ELEMENTS {
        let problem = Problem::TooLarge {
            size: cells,
            limit: MAX_CONSTANT_ELEMENTS,
            unit: "elements",
        };
        return Err(FieldError::new(call.attributes.field, problem));
    }
    Ok(cells as usize)
}

fn reshaped(tensor: &Rc<Tensor>, dims: Vec<usize>) -> Value {
    Value::Constant(Rc::new(Tensor {
        dims,
        data: tensor.data.clone(),
    }))
}

fn constant(call: &Call) -> Result<Tensor, FieldError> {
    let field = format!("{}, attribute value", call.attributes.field);
    if let Some(proto) = call.attributes.tensor("value")? {
        return tensor::read(&field, proto.clone());
    }
    if call.attributes.has("value_float") {
        return Ok(Tensor::floats(
            Vec::new(),
            vec![call.attributes.float_or("value_float", 0.0)? as f32],
        ));
    }
    if let Some(value) = call.attributes.int("value_int")? {
        return Ok(Tensor::ints(Vec::new(), vec![value]));
    }
    if let Some(values) = call.attributes.ints("value_ints")? {
        return Ok(Tensor::ints(vec![values.len()], values.to_vec()));
    }
    if let Some(values) = call.attributes.floats("value_floats")? {
        return Ok(Tensor::floats(vec![values.len()], values.to_vec()));
    }
    Err(call.unsupported(
        "no dense numeric value",
        "value, value_int(s), value_float(s)",
    ))
}

fn constant_of_shape(call: &Call) -> Result<Tensor, FieldError> {
    let Some(dims) = call.constant(0)?.as_ints() else {
        return Err(call.malformed("the shape does not hold integers"));
    };
    let count = element_count(call.attributes.field, dims)?;
    let dims = dims.iter().map(|&dim| dim as usize).collect();
    let field = format!("{}, attribute value", call.attributes.field);
    let value = match call.attributes.tensor("value")? {
        Some(proto) => tensor::read(&field, proto.clone())?,
        None => Tensor::floats(vec![1], vec![0.0]),
    };
    match value.data {
        Data::Float(values) if values.len() == 1 => {
            Ok(Tensor::floats(dims, vec![values[0]; count]))
        }
        Data::Int(values) if values.len() == 1 => Ok(Tensor::ints(dims, vec![values[0]; count])),
        _ => Err(call.attributes.malformed("value", "not one element")),
    }
}

fn shape(call: &Call) -> Result<Tensor, FieldError> {
    let dims = dims_of(call.operand(0)?);
    let rank = dims.len() as i64;
    // Bounds are clamped, not refused.
    let bound = |value: i64| {
        (if value < 0 {
            value.saturating_add(rank)
        } else {
            value
        })
        .clamp(0, rank) as usize
    };
    let start = bound(call.attributes.int_or("start", 0)?);
    let end = bound(call.attributes.int_or("end", rank)?);
    let part: Vec<i64> = dims[start..end.max(start)]
        .iter()
        .map(|&dim| dim as i64)
        .collect();
    Ok(Tensor::ints(vec![part.len()], part))
}

fn cast(call: &Call) -> Result<Tensor, FieldError> {
    let x = call.constant(0)?;
    let to = call.attributes.int_or("to", 0)?;
    let kind = i32::try_from(to)
        .ok()
        .and_then(|to| DataType::try_from(to).ok());
    let float = [
        DataType::Float,
        DataType::Double,
        DataType::Float16,
        DataType::Bfloat16,
    ];
    Ok(match (kind, &x.data) {
        (Some(kind), _) if float.contains(&kind) => Tensor::floats(x.dims.clone(), x.to_floats()),
        (Some(DataType::Bool), _) => {
            let truth = x
                .to_floats()
                .iter()
                .map(|&value| (value != 0.0) as i64)
                .collect();
            Tensor::ints(x.dims.clone(), truth)
        }
        (
            Some(DataType::Int64 | DataType::Int32 | DataType::Uint8 | DataType::Int8),
            Data::Float(values),
        ) => Tensor::ints(
            x.dims.clone(),
            values.iter().map(|&value| value as i64).collect(),
        ),
        (Some(DataType::Int64 | DataType::Int32), Data::Int(_)) => (**x).clone(),
        _ => {
            return Err(call
                .attributes
                .malformed("to", &format!("conversion to type {to} is not supported")))
        }
    })
}

/// Distance of neighbours along each axis.
fn strides(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for axis in (1..dims.len()).rev() {
        strides[axis - 1] = strides[axis] * dims[axis];
    }
    strides
}

/// The tensor of shape `dims` whose element at index `i` is element `start + sum i[k] steps[k]` of `x`; all are inside.
fn pick(x: &Tensor, dims: Vec<usize>, start: i64, steps: &[i64]) -> Tensor {
    let count: usize = dims.iter().product();
    let mut places = Vec::with_capacity(count);
    let mut index = vec![0usize; dims.len()];
    let mut place = start;
    for _ in 0..count {
        places.push(place as usize);
        for axis in (0..dims.len()).rev() {
            index[axis] += 1;
            place += steps[axis];
            if index[axis] < dims[axis] {
                break;
            }
            place -= steps[axis] * dims[axis] as i64;
            index[axis] = 0;
        }
    }
    let data = match &x.data {
        Data::Float(values) => Data::Float(places.iter().map(|&place| values[place]).collect()),
        Data::Int(values) => Data::Int(places.iter().map(|&place| values[place]).collect()),
    };
    Tensor { dims, data }
}

fn expand(x: &Tensor, dims: Vec<usize>) -> Tensor {
    let own = strides(&x.dims);
    let offset = dims.len() - x.dims.len();
    let step = |axis: usize| match axis.checked_sub(offset) {
        Some(axis) if x.dims[axis] > 1 => own[axis] as i64,
        _ => 0,
    };
    let steps: Vec<i64> = (0..dims.len()).map(step).collect();
    pick(x, dims, 0, &steps)
}

fn concat(call: &Call) -> Result<Tensor, FieldError> {
    let first = call.constant(0)?;
    let axis = call.attributes.int_or("axis", 0)?;
    let axis = call.axis(axis, first.dims.len())?;
    let mut dims = first.dims.clone();
    dims[axis] = 0;
    let mut parts = Vec::new();
    for index in 0..call.operands.len() {
        let part = call.constant(index)?;
        let mut rest = part.dims.clone();
        if rest.len() != dims.len() {
            return Err(call.malformed("operands of different ranks"));
        }
        let extent = std::mem::replace(&mut rest[axis], dims[axis]);
        if rest != dims {
            return Err(call.malformed("operands of different shapes"));
        }
        dims[axis] += extent;
        parts.push(part);
    }
    limit(call, &dims)?;
    let outer: usize = dims[..axis].iter().product();
    let inner: usize = dims[axis + 1..].iter().product();
    let ints = parts.iter().all(|part| matches!(part.data, Data::Int(_)));
    if !ints && parts.iter().any(|part| matches!(part.data, Data::Int(_))) {
        return Err(call.malformed("operands of different types"));
    }
    let (mut whole, mut floats) = (Vec::new(), Vec::new());
    for row in 0..outer {
        for part in &parts {
            let length = part.dims[axis] * inner;
            let place = row * length..(row + 1) * length;
            match &part.data {
                Data::Int(values) => whole.extend_from_slice(&values[place]),
                Data::Float(values) => floats.extend_from_slice(&values[place]),
            }
        }
    }
    Ok(if ints {
        Tensor::ints(dims, whole)
    } else {
        Tensor::floats(dims, floats)
    })
}

fn slice(call: &Call) -> Result<Tensor, FieldError> {
    let x = call.constant(0)?;
    let rank = x.dims.len();
    let starts = call
        .ints("starts", 1)?
        .ok_or_else(|| call.malformed("no starts"))?;
    let ends = call
        .ints("ends", 2)?
        .ok_or_else(|| call.malformed("no ends"))?;
    let axes = call
        .ints("axes", 3)?
        .unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = call
        .ints("steps", 4)?
        .unwrap_or_else(|| vec![1; starts.len()]);
    if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
        return Err(call.malformed("starts, ends, axes and steps of different lengths"));
    }
    let own = strides(&x.dims);
    let mut moves: Vec<i64> = own.iter().map(|&stride| stride as i64).collect();
    let mut dims = x.dims.clone();
    let mut start = 0i64;
    let mut seen = vec![false; rank];
    for index in 0..starts.len() {
        let axis = call.axis(axes[index], rank)?;
        if std::mem::replace(&mut seen[axis], true) {
            return Err(call.malformed(format!("axis {axis} twice")));
        }
        let (extent, step) = (x.dims[axis] as i64, steps[index]);
        let from_end = |value: i64| {
            if value < 0 {
                value.saturating_add(extent)
            } else {
                value
            }
        };
        let (first, last) = match step {
            1.. => (
                from_end(starts[index]).clamp(0, extent),
                from_end(ends[index]).clamp(0, extent),
            ),
            0 => return Err(call.malformed("a step of 0")),
            _ if extent == 0 => (0, 0),
            _ => (
                from_end(starts[index]).clamp(0, extent - 1),
                from_end(ends[index]).clamp(-1, extent - 1),
            ),
        };
        let span = if step > 0 { last - first } else { first - last };
        let count = if span <= 0 {
            0
        } else {
            (span - 1) / step.saturating_abs() + 1
        };
        dims[axis] = count as usize;
        start += first * own[axis] as i64;
        moves[axis] = own[axis] as i64 * step.clamp(-extent.max(1), extent.max(1));
    }
    Ok(pick(x, dims, start, &moves))
}

fn gather(call: &Call) -> Result<Tensor, FieldError> {
    let (x, indices) = (call.constant(0)?, call.constant(1)?);
    let axis = call.axis(call.attributes.int_or("axis", 0)?, x.dims.len())?;
    let Some(list) = indices.as_ints() else {
        return Err(call.malformed("the indices are not integers"));
    };
    let outer: usize = x.dims[..axis].iter().product();
    let inner: usize = x.dims[axis + 1..].iter().product();
    let dims = [&x.dims[..axis], &indices.dims[..], &x.dims[axis + 1..]].concat();
    limit(call, &dims)?;
    let picked = list
        .iter()
        .map(|&index| call.axis(index, x.dims[axis]))
        .collect::<Result<Vec<_>, _>>()?;
    let ranges = (0..outer).flat_map(|row| {
        let extent = x.dims[axis];
        picked
            .iter()
            .map(move |&index| (row * extent + index) * inner..(row * extent + index + 1) * inner)
    });
    let data = match &x.data {
        Data::Int(values) => Data::Int(
            ranges
                .flat_map(|range| values[range].iter().copied())
                .collect(),
        ),
        Data::Float(values) => Data::Float(
            ranges
                .flat_map(|range| values[range].iter().copied())
                .collect(),
        ),
    };
    Ok(Tensor { dims, data })
}

fn range(call: &Call) -> Result<Tensor, FieldError> {
    let mut bounds = [0i64; 3];
    for (index, bound) in bounds.iter_mut().enumerate() {
        let tensor = call.constant(index)?;
        let Some(&[value]) = tensor.as_ints() else {
            return Err(call.unsupported("not a range of integers", "integer bounds"));
        };
        *bound = value;
    }
    let [start, end, step] = bounds;
    if step == 0 {
        return Err(call.malformed("a step of 0"));
    }
    let span = if step > 0 {
        end.saturating_sub(start)
    } else {
        start.saturating_sub(end)
    };
    let count = if span <= 0 {
        0
    } else {
        (span - 1) / step.saturating_abs() + 1
    } as usize;
    limit(call, &[count])?;
    Ok(Tensor::ints(
        vec![count],
        (0..count as i64)
            .map(|index| start + index * step)
            .collect(),
    ))
}

/// Element-wise arithmetic on two constants, in integers if both are.
fn arithmetic(call: &Call, op: Binary) -> Result<Tensor, FieldError> {
    let (a, b) = (call.constant(0)?, call.constant(1)?);
    let dims = elementwise::broadcast(&a.dims, &b.dims).ok_or_else(|| {
        call.malformed(format!("shapes {:?} and {:?} do not match", a.dims, b.dims))
    })?;
    limit(call, &dims)?;
    let (a, b) = (expand(a, dims.clone()), expand(b, dims.clone()));
    if let (Data::Int(x), Data::Int(y)) = (&a.data, &b.data) {
        let mut values = Vec::with_capacity(x.len());
        for (&x, &y) in x.iter().zip(y) {
            let value = match op {
                Binary::Add => x.checked_add(y),
                Binary::Sub => x.checked_sub(y),
                Binary::Mul => x.checked_mul(y),
                // C's division, which rounds to zero.
                Binary::Div => x.checked_div(y),
                Binary::Max => Some(x.max(y)),
                Binary::Min => Some(x.min(y)),
                Binary::Pow => u32::try_from(y).ok().and_then(|y| x.checked_pow(y)),
            };
            values
                .push(value.ok_or_else(|| call.malformed(format!("{x} and {y} have no result")))?);
        }
        return Ok(Tensor::ints(dims, values));
    }
    let (x, y) = (a.to_floats(), b.to_floats());
    let values = x
        .iter()
        .zip(&y)
        .map(|(&x, &y)| op.apply(x as f64, y as f64) as f32)
        .collect();
    Ok(Tensor::floats(dims, values))
}
