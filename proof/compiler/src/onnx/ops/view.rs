// SPDX-License-Identifier: Apache-2.0
//! Operators that move values without changing them.

use crate::onnx::proto::tensor_proto::DataType;

use crate::{
    error::FieldError,
    graph::Op,
    onnx::import::{Activation, Call, Importer, Layout},
};

pub(super) fn flatten(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
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
    importer.reshaped(call, x, dims)
}

pub(super) fn reshape(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    let wanted = call
        .ints("shape", 1)?
        .ok_or_else(|| call.malformed("no shape"))?;
    let allow_zero = call.attributes.int_or("allowzero", 0)? != 0;
    let cells: usize = x.dims.iter().product();
    let dims = match resolve(&wanted, &x.dims, allow_zero) {
        Some(dims) => Some(dims),
        // A fixed batch axis is compiled as one.
        None => match (importer.fixed_batch, wanted.first()) {
            (Some(batch), Some(&first)) if first == batch as i64 => {
                let mut single = wanted.clone();
                single[0] = 1;
                resolve(&single, &x.dims, allow_zero)
            }
            _ => None,
        },
    };
    match dims {
        Some(dims) => importer.reshaped(call, x, dims),
        None => Err(call.malformed(format!("{cells} elements do not have the shape {wanted:?}"))),
    }
}

/// The extents that a Reshape asks for: 0 keeps the extent at its place, one -1 is what is left.
pub(super) fn resolve(wanted: &[i64], from: &[usize], allow_zero: bool) -> Option<Vec<usize>> {
    let cells = from
        .iter()
        .try_fold(1usize, |product, &dim| product.checked_mul(dim))?;
    let mut free = None;
    let mut known = 1usize;
    let mut dims = Vec::with_capacity(wanted.len());
    for (axis, &extent) in wanted.iter().enumerate() {
        let extent = match extent {
            -1 if free.is_none() => {
                free = Some(axis);
                1
            }
            0 if !allow_zero => *from.get(axis)?,
            extent => usize::try_from(extent).ok()?,
        };
        known = known.checked_mul(extent)?;
        dims.push(extent);
    }
    if let Some(axis) = free {
        if known == 0 || !cells.is_multiple_of(known) {
            return None;
        }
        dims[axis] = cells / known;
        known *= dims[axis];
    }
    (known == cells).then_some(dims)
}

/// The extents after Squeeze; `None` removes every extent of one (here: but the batch's).
pub(super) fn squeezed(
    call: &Call,
    dims: &[usize],
    axes: Option<&[i64]>,
) -> Result<Vec<usize>, FieldError> {
    let mut remove = vec![false; dims.len()];
    match axes {
        Some(axes) => {
            for &axis in axes {
                remove[call.axis(axis, dims.len())?] = true;
            }
        }
        None => {
            for (remove, &dim) in remove.iter_mut().zip(dims).skip(1) {
                *remove = dim == 1;
            }
        }
    }
    if dims
        .iter()
        .zip(&remove)
        .any(|(&dim, &remove)| remove && dim != 1)
    {
        return Err(call.malformed(format!("an axis that is removed from {dims:?} is not 1")));
    }
    Ok(dims
        .iter()
        .zip(&remove)
        .filter_map(|(&dim, &remove)| (!remove).then_some(dim))
        .collect())
}

/// The extents after Unsqueeze.
pub(super) fn unsqueezed(
    call: &Call,
    dims: &[usize],
    axes: &[i64],
) -> Result<Vec<usize>, FieldError> {
    let rank = dims.len() + axes.len();
    let mut is_new = vec![false; rank];
    for &axis in axes {
        let axis = call.axis(axis, rank)?;
        if std::mem::replace(&mut is_new[axis], true) {
            return Err(call.malformed(format!("axis {axis} twice")));
        }
    }
    let mut old = dims.iter();
    Ok(is_new
        .iter()
        .map(|&new| {
            if new {
                1
            } else {
                old.next().copied().unwrap_or(1)
            }
        })
        .collect())
}

pub(super) fn squeeze(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    let axes = call.ints("axes", 1)?;
    let dims = squeezed(call, &x.dims, axes.as_deref())?;
    importer.reshaped(call, x, dims)
}

pub(super) fn unsqueeze(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    let axes = call
        .ints("axes", 1)?
        .ok_or_else(|| call.malformed("no axes"))?;
    let dims = unsqueezed(call, &x.dims, &axes)?;
    importer.reshaped(call, x, dims)
}

/// The permutation of a Transpose, checked.
pub(super) fn permutation(call: &Call, rank: usize) -> Result<Vec<usize>, FieldError> {
    let Some(perm) = call.attributes.ints("perm")? else {
        return Ok((0..rank).rev().collect());
    };
    let perm = perm
        .iter()
        .map(|&axis| call.axis(axis, rank))
        .collect::<Result<Vec<_>, _>>()?;
    let mut sorted = perm.clone();
    sorted.sort_unstable();
    if !sorted.iter().copied().eq(0..rank) {
        return Err(call
            .attributes
            .malformed("perm", "not a permutation of the axes"));
    }
    Ok(perm)
}

pub(super) fn transpose(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    let perm = permutation(call, x.dims.len())?;
    let dims: Vec<usize> = perm.iter().map(|&axis| x.dims[axis]).collect();
    let id = move_axes(importer, call, x, &dims, &perm)?;
    Ok(Activation { id, dims })
}

/// Transposes so that ONNX axis `i` of the result is axis `perm[i]` of `x`.
pub(super) fn move_axes(
    importer: &mut Importer,
    call: &Call,
    x: &Activation,
    dims: &[usize],
    perm: &[usize],
) -> Result<usize, FieldError> {
    let (Some(from), Some(to)) = (Layout::of(&x.dims), Layout::of(dims)) else {
        return Err(call.unsupported("too many axes", "three axes beside the batch"));
    };
    // Where each circuit axis of the result comes from; axes of extent one may come from anywhere.
    let mut axes: [Option<u8>; 3] = [None; 3];
    for (axis, place) in to.axes.iter().enumerate() {
        if let (Some(place), Some(source)) = (*place, from.axes[perm[axis]]) {
            if dims[axis] > 1 {
                axes[place] = Some(source as u8);
            }
        }
    }
    let mut unused = (0..3u8)
        .filter(|source| !axes.contains(&Some(*source)))
        .collect::<Vec<_>>();
    let axes = axes.map(|axis| axis.unwrap_or_else(|| unused.remove(0)));
    let id = importer.graph.transpose(x.id, axes, &call.origin);
    Ok(importer.graph.reshape(id, to.shape, &call.origin))
}

pub(super) fn pad(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    let supported = "mode \"constant\" with value 0, along height and width";
    if call
        .attributes
        .string("mode")?
        .is_some_and(|mode| mode != "constant")
    {
        return Err(call.unsupported("its mode", supported));
    }
    let value = match call.optional_constant(2)? {
        Some(tensor) => tensor
            .scalar()
            .ok_or_else(|| call.malformed("the padding value is not a scalar"))?,
        None => call.attributes.float_or("value", 0.0)?,
    };
    let pads = call
        .ints("pads", 1)?
        .ok_or_else(|| call.malformed("no pads"))?;
    let rank = x.dims.len();
    let axes = match call.ints("axes", 3)? {
        Some(axes) => axes
            .iter()
            .map(|&axis| call.axis(axis, rank))
            .collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return Err(call.malformed(format!("{} pads for {} axes", pads.len(), axes.len())));
    }
    if pads.iter().all(|&pad| pad == 0) {
        return Ok(x.clone());
    }
    if value != 0.0 {
        return Err(call.unsupported("its value is not 0", supported));
    }
    let layout = Layout::of(&x.dims).ok_or_else(|| call.unsupported("too many axes", supported))?;
    let (mut begin, mut end) = ([0u16; 2], [0u16; 2]);
    let mut dims = x.dims.clone();
    for (index, &axis) in axes.iter().enumerate() {
        if axes[..index].contains(&axis) {
            return Err(call.malformed(format!("axis {axis} twice")));
        }
        let (first, last) = (pads[index], pads[axes.len() + index]);
        if (first, last) == (0, 0) {
            continue;
        }
        let (Some(place @ 1..), Ok(first), Ok(last)) =
            (layout.axes[axis], u16::try_from(first), u16::try_from(last))
        else {
            return Err(
                call.unsupported("it pads another axis, or by a negative amount", supported)
            );
        };
        (begin[place - 1], end[place - 1]) = (first, last);
        dims[axis] += first as usize + last as usize;
    }
    let shape = Layout::of(&dims)
        .ok_or_else(|| call.unsupported("too many axes", supported))?
        .shape;
    let id = importer.graph.push(
        Op::Pad {
            input: x.id,
            begin,
            end,
        },
        shape,
        &call.origin,
    );
    Ok(Activation { id, dims })
}

/// Operators that give back their operand.
pub(super) fn pass(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    match call.operator {
        "Dropout" => {
            if let Some(training) = call.optional_constant(2)? {
                if training.scalar() != Some(0.0) {
                    return Err(call.unsupported("in training mode", "Dropout in inference mode"));
                }
            }
        }
        "Cast" => {
            let to = call
                .attributes
                .int("to")?
                .ok_or_else(|| call.malformed("no attribute to"))?;
            let float = [
                DataType::Float,
                DataType::Double,
                DataType::Float16,
                DataType::Bfloat16,
            ];
            if !float.iter().any(|&kind| kind as i64 == to) {
                return Err(call.unsupported(
                    "an activation is converted to a type that rounds",
                    "floating types",
                ));
            }
        }
        "Softmax" | "LogSoftmax" => {
            if !call.is_last {
                let supported = "Softmax as the last node, where it is left out";
                return Err(call.unsupported("it is inside the graph", supported));
            }
            importer.notes.push(format!(
                "the last node, {} {:?}, is left out: the output holds its input (logits)",
                call.operator, call.origin.name
            ));
        }
        _ => {}
    }
    Ok(x.clone())
}
