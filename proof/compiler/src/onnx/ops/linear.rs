// SPDX-License-Identifier: Apache-2.0
//! Convolutions, matrix products and normalisation.

use std::sync::Arc;

use assay_circuit::{
    limits::{MAX_KERNEL_EXTENT, MAX_LOGICAL_PARAMETERS},
    Window,
};

use crate::{
    error::{FieldError, Problem},
    graph::{dilated, window_output, Weights},
    onnx::import::{Activation, Call, Importer, Layout},
};

/// The window of a convolution or pool over `spatial` extents: attributes `strides`, `dilations`, `pads`, `auto_pad`. One spatial
/// axis becomes the height.
pub(super) fn window(
    call: &Call,
    spatial: &[usize],
    kernel: &[usize],
    ceil: bool,
) -> Result<Window, FieldError> {
    let axes = spatial.len();
    let list = |name: &str, default: i64| -> Result<Vec<u16>, FieldError> {
        let given = call.attributes.ints(name)?;
        let values = given.map_or_else(|| vec![default; axes], <[i64]>::to_vec);
        if values.len() != axes {
            return Err(call
                .attributes
                .malformed(name, &format!("{} values for {axes} axes", values.len())));
        }
        let narrow = |&value: &i64| u16::try_from(value).ok().filter(|&value| value > 0);
        let narrowed: Option<Vec<u16>> = values.iter().map(narrow).collect();
        narrowed.ok_or_else(|| {
            call.attributes
                .malformed(name, &format!("{values:?}, 1 to 65535 expected"))
        })
    };
    let (strides, dilations) = (list("strides", 1)?, list("dilations", 1)?);
    let mut window = Window {
        kernel: [1; 2],
        stride: [1; 2],
        dilation: [1; 2],
        pad_begin: [0; 2],
        pad_end: [0; 2],
    };
    let auto_pad = call.attributes.string("auto_pad")?.unwrap_or("NOTSET");
    let pads = call.attributes.ints("pads")?;
    if pads.is_some_and(|pads| pads.len() != 2 * axes) {
        return Err(call
            .attributes
            .malformed("pads", &format!("not two values for each of {axes} axes")));
    }
    for axis in 0..axes {
        let extent = kernel[axis];
        let within = u16::try_from(extent)
            .ok()
            .filter(|&k| k > 0 && k <= MAX_KERNEL_EXTENT);
        window.kernel[axis] = within.ok_or_else(|| {
            call.malformed(format!(
                "a kernel of {extent} cells, 1 to {MAX_KERNEL_EXTENT} expected"
            ))
        })?;
        (window.stride[axis], window.dilation[axis]) = (strides[axis], dilations[axis]);
        let reach = dilated(window.kernel[axis], window.dilation[axis]) as i64;
        let (stride, size) = (strides[axis] as i64, spatial[axis] as i64);
        let (begin, mut end) = match auto_pad {
            "NOTSET" | "" => pads.map_or((0, 0), |pads| (pads[axis], pads[axes + axis])),
            "VALID" => (0, 0),
            "SAME_UPPER" | "SAME_LOWER" => {
                let outputs = (size + stride - 1) / stride;
                let total = ((outputs - 1) * stride + reach - size).max(0);
                let small = total / 2;
                if auto_pad == "SAME_UPPER" {
                    (small, total - small)
                } else {
                    (total - small, small)
                }
            }
            other => {
                return Err(call
                    .attributes
                    .malformed("auto_pad", &format!("unknown value {other:?}")))
            }
        };
        let limit = reach.min(u16::MAX as i64);
        if begin < 0 || end < 0 || begin >= limit || end >= limit {
            let supported = "padding of at least 0 and less than the dilated kernel";
            return Err(call.unsupported(&format!("padding of {begin} and {end} cells"), supported));
        }
        if ceil {
            // A last window may begin inside the input or the padding before it, and end outside.
            let rest = size + begin + end - reach;
            let outputs = (rest + stride - 1).div_euclid(stride) + 1;
            let starts_inside = (outputs - 1) * stride < size + begin;
            if starts_inside && rest >= 0 {
                end = end.max((outputs - 1) * stride + reach - size - begin);
            }
        }
        if end >= limit {
            return Err(
                call.unsupported("a window outside the input", "windows that touch the input")
            );
        }
        (window.pad_begin[axis], window.pad_end[axis]) = (begin as u16, end as u16);
    }
    Ok(window)
}

/// The spatial extents of `[batch, channels, ...]` with one or two spatial axes.
pub(super) fn spatial(call: &Call, x: &Activation) -> Result<Vec<usize>, FieldError> {
    if !matches!(x.dims.len(), 3 | 4) || x.dims[0] != 1 {
        return Err(call.unsupported(
            "not one or two spatial axes",
            "[batch, channels, height, width] or one axis less",
        ));
    }
    Ok(x.dims[2..].to_vec())
}

/// The ONNX extents of a window's output.
pub(super) fn output_dims(
    call: &Call,
    channels: usize,
    spatial: &[usize],
    window: &Window,
) -> Result<Vec<usize>, FieldError> {
    let input = [
        spatial[0] as u32,
        spatial.get(1).map_or(1, |&width| width as u32),
    ];
    let output = window_output(input, window).ok_or_else(|| {
        call.malformed(format!(
            "the window does not fit an input of {spatial:?} cells"
        ))
    })?;
    let mut dims = vec![1, channels, output[0] as usize];
    if spatial.len() == 2 {
        dims.push(output[1] as usize);
    }
    Ok(dims)
}

pub(super) fn conv(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    let spatial = spatial(call, x)?;
    let tensor = call.constant(1)?;
    let expected = |what: &str| {
        let reason = format!("weights of shape {:?}", tensor.dims);
        call.malformed(format!("{reason}, {what} expected"))
    };
    if tensor.dims.len() != x.dims.len() {
        return Err(expected("one axis for each axis of the input"));
    }
    let groups = call.attributes.int_or("group", 1)?;
    let (outputs, channels) = (tensor.dims[0], x.dims[1]);
    let groups = usize::try_from(groups).ok().filter(|&groups| groups > 0);
    let groups = groups.ok_or_else(|| call.attributes.malformed("group", "not positive"))?;
    if outputs == 0 || !outputs.is_multiple_of(groups) || channels != tensor.dims[1] * groups {
        return Err(expected(&format!(
            "{channels} input channels in {groups} groups"
        )));
    }
    let kernel = &tensor.dims[2..];
    if let Some(shape) = call.attributes.ints("kernel_shape")? {
        if !shape.iter().copied().eq(kernel.iter().map(|&k| k as i64)) {
            return Err(expected(&format!("a kernel of {shape:?}")));
        }
    }
    let window = window(call, &spatial, kernel, false)?;
    let dims = output_dims(call, outputs, &spatial, &window)?;
    let weights = finite(call, 1, tensor.to_floats())?;
    // Groups that the circuit has no form for become dense.
    let dense = (weights.len() * groups) as u64;
    if dense > MAX_LOGICAL_PARAMETERS && groups > 1 && !(outputs / groups).is_power_of_two() {
        let problem = Problem::TooLarge {
            size: dense,
            limit: MAX_LOGICAL_PARAMETERS,
            unit: "weights, without groups",
        };
        return Err(FieldError::new(call.attributes.field, problem));
    }
    let bias = bias(call, 2, outputs)?;
    let id = importer
        .graph
        .conv(
            x.id,
            Arc::new(weights),
            window,
            groups as u32,
            bias,
            &call.origin,
        )
        .ok_or_else(|| call.malformed("the window does not fit the input"))?;
    Ok(Activation { id, dims })
}

fn finite(call: &Call, operand: usize, values: Vec<f32>) -> Result<Vec<f32>, FieldError> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(values),
        Some(index) => {
            let field = format!("{}, operand {operand}", call.attributes.field);
            Err(FieldError::new(
                field,
                Problem::NotFinite {
                    index,
                    value: values[index],
                },
            ))
        }
    }
}

fn bias(call: &Call, operand: usize, outputs: usize) -> Result<Option<Vec<f32>>, FieldError> {
    let Some(tensor) = call.optional_constant(operand)? else {
        return Ok(None);
    };
    let values = finite(call, operand, tensor.to_floats())?;
    match values.len() {
        n if n == outputs => Ok(Some(values)),
        1 => Ok(Some(vec![values[0]; outputs])),
        n => Err(call.malformed(format!("a bias of {n} values for {outputs} outputs"))),
    }
}

/// A matrix `[rows, columns]`, transposed on demand.
fn matrix(
    call: &Call,
    operand: usize,
    transpose: bool,
) -> Result<(usize, usize, Vec<f32>), FieldError> {
    let tensor = call.constant(operand)?;
    let mut dims = tensor.dims.as_slice();
    while dims.len() > 2 && dims[0] == 1 {
        dims = &dims[1..];
    }
    let &[rows, columns] = dims else {
        return Err(call.unsupported("its constant is not a matrix", "a constant of two axes"));
    };
    if rows == 0 || columns == 0 {
        return Err(call.malformed("an empty matrix"));
    }
    let values = finite(call, operand, tensor.to_floats())?;
    if transpose {
        return Ok((columns, rows, transposed(&values, rows, columns)));
    }
    Ok((rows, columns, values))
}

fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; values.len()];
    // In blocks, so that both sides stay in the cache.
    const BLOCK: usize = 32;
    for top in (0..rows).step_by(BLOCK) {
        for left in (0..columns).step_by(BLOCK) {
            for row in top..(top + BLOCK).min(rows) {
                for column in left..(left + BLOCK).min(columns) {
                    out[column * rows + row] = values[row * columns + column];
                }
            }
        }
    }
    out
}

/// `x W^T` along an ONNX axis of `x`, with `W` as `[outputs, inputs]`.
fn product(
    importer: &mut Importer,
    call: &Call,
    x: &Activation,
    axis: usize,
    (outputs, inputs, weights): (usize, usize, Vec<f32>),
) -> Result<Activation, FieldError> {
    if x.dims[axis] != inputs {
        return Err(call.malformed(format!(
            "a matrix for {inputs} values along axis {axis} of {:?}",
            x.dims
        )));
    }
    let mut dims = x.dims.clone();
    dims[axis] = outputs;
    let weights: Weights = Arc::new(weights);
    let layout = Layout::of(&x.dims);
    let place = layout.and_then(|layout| if inputs == 1 { None } else { layout.axes[axis] });
    let cells: usize = x.dims.iter().product();
    let id = match place {
        _ if cells == inputs => importer.graph.gemm(x.id, weights, None, &call.origin),
        Some(place) => importer
            .graph
            .matmul_along(x.id, place, weights, &call.origin),
        None => {
            return Err(call.unsupported(
                "an outer product",
                "a product over an axis of several values",
            ))
        }
    };
    let product = Activation {
        id,
        dims: dims.clone(),
    };
    let shape = Layout::of(&dims).map(|layout| layout.shape);
    match shape {
        Some(shape) if importer.graph.shape(id).cells() == shape.cells() => {
            let id = importer.graph.reshape(product.id, shape, &call.origin);
            Ok(Activation { id, dims })
        }
        _ => Err(call.unsupported("too many axes", "three axes beside the batch")),
    }
}

pub(super) fn gemm(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    if x.dims.len() != 2 {
        return Err(call.malformed(format!(
            "a first operand of shape {:?}, a matrix expected",
            x.dims
        )));
    }
    let [trans_a, trans_b] = [
        call.attributes.int_or("transA", 0)? != 0,
        call.attributes.int_or("transB", 0)? != 0,
    ];
    let mut x = x.clone();
    if trans_a {
        let dims = vec![x.dims[1], x.dims[0]];
        let id = super::view::move_axes(importer, call, &x, &dims, &[1, 0])?;
        x = Activation { id, dims };
    }
    let alpha = call.attributes.float_or("alpha", 1.0)? as f32;
    let beta = call.attributes.float_or("beta", 1.0)? as f32;
    // The file's matrix is [inputs, outputs]; transB says [outputs, inputs].
    let (outputs, inputs, mut weights) = matrix(call, 1, !trans_b)?;
    if alpha != 1.0 {
        weights.iter_mut().for_each(|weight| *weight *= alpha);
    }
    let y = product(importer, call, &x, 1, (outputs, inputs, weights))?;
    let Some(c) = call.optional_constant(2)? else {
        return Ok(y);
    };
    if c.dims.iter().rev().skip(1).any(|&dim| dim != 1) {
        return Err(call.unsupported("a bias that differs between rows", "a bias for each output"));
    }
    let mut shift = bias(call, 2, outputs)?.unwrap_or_default();
    shift.iter_mut().for_each(|value| *value *= beta);
    add_along(importer, call, y, 1, vec![1.0; outputs], shift)
}

/// `scale[k] y + shift[k]` along an ONNX axis.
pub(super) fn add_along(
    importer: &mut Importer,
    call: &Call,
    y: Activation,
    axis: usize,
    scale: Vec<f32>,
    shift: Vec<f32>,
) -> Result<Activation, FieldError> {
    let layout = Layout::of(&y.dims).ok_or_else(|| call.unsupported("too many axes", ""))?;
    let id = match layout.axes[axis] {
        Some(place) => importer
            .graph
            .affine(y.id, place, scale, shift, &call.origin),
        // A dropped axis has one value.
        None => importer.graph.affine(
            y.id,
            0,
            scale[..1].to_vec(),
            shift[..1].to_vec(),
            &call.origin,
        ),
    };
    Ok(Activation { id, dims: y.dims })
}

pub(super) fn matmul(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    use crate::onnx::import::Value;
    match (call.operand(0)?, call.operand(1)?) {
        (Value::Activation(x), Value::Constant(tensor)) => {
            if x.dims.is_empty() {
                return Err(call.malformed("a scalar operand"));
            }
            if let &[inputs] = tensor.dims.as_slice() {
                let row = (1, inputs, finite(call, 1, tensor.to_floats())?);
                let y = product(importer, call, x, x.dims.len() - 1, row)?;
                let dims = x.dims[..x.dims.len() - 1].to_vec();
                return importer.reshaped(call, &y, dims);
            }
            let matrix = matrix(call, 1, true)?;
            product(importer, call, x, x.dims.len() - 1, matrix)
        }
        (Value::Constant(_), Value::Activation(x)) if x.dims.len() >= 2 => {
            let matrix = matrix(call, 0, false)?;
            product(importer, call, x, x.dims.len() - 2, matrix)
        }
        _ => Err(call.unsupported(
            "a product of two activations",
            "an activation and a constant matrix",
        )),
    }
}

pub(super) fn batch_normalization(
    importer: &mut Importer,
    call: &Call,
) -> Result<Activation, FieldError> {
    let x = call.activation(0)?.clone();
    if call.attributes.int_or("training_mode", 0)? != 0 {
        return Err(call.unsupported("in training mode", "inference mode"));
    }
    if x.dims.len() < 2 {
        return Err(call.malformed(format!("an input of shape {:?} has no channels", x.dims)));
    }
    let channels = x.dims[1];
    let list = |operand: usize| -> Result<Vec<f32>, FieldError> {
        let values = finite(call, operand, call.constant(operand)?.to_floats())?;
        if values.len() != channels {
            let what = format!(
                "operand {operand} has {} values for {channels} channels",
                values.len()
            );
            return Err(call.malformed(what));
        }
        Ok(values)
    };
    let [gammas, betas, means, variances] = [list(1)?, list(2)?, list(3)?, list(4)?];
    let epsilon = call.attributes.float_or("epsilon", 1e-5)?;
    // y = gamma (x - mean) / sqrt(variance + epsilon) + beta
    let mut scale = Vec::with_capacity(channels);
    let mut shift = Vec::with_capacity(channels);
    for (channel, &variance) in variances.iter().enumerate() {
        let [gamma, beta, mean] = [&gammas, &betas, &means].map(|list| list[channel] as f64);
        let variance = variance as f64;
        let factor = gamma / (variance + epsilon).sqrt();
        if !factor.is_finite() {
            return Err(call.malformed(format!("variance {variance} of channel {channel}")));
        }
        scale.push(factor as f32);
        shift.push((beta - mean * factor) as f32);
    }
    add_along(importer, call, x, 1, scale, shift)
}
