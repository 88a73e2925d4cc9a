// SPDX-License-Identifier: Apache-2.0
//! Files of inputs: `.npy`, `.npz`, JSON and PNG, told apart by their name's ending.
//!
//! Every file gives a list of inputs, each in row-major order with exactly the extents of the model's input.

mod json;
mod numpy;
mod png;

use std::path::Path;

use crate::{
    error::{Error, FieldError, Problem},
    limits::{MAX_SAMPLE_BYTES, MAX_SAMPLE_FILE_BYTES},
    onnx::file::read_bytes,
};

/// What one input must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleShape<'a> {
    /// Name of the model's input.
    pub name: &'a str,
    /// Extents, with a batch of one.
    pub dims: &'a [usize],
}

impl SampleShape<'_> {
    /// Values of one input.
    pub fn cells(&self) -> usize {
        self.dims.iter().product()
    }
}

/// Reads all inputs of a file, at least one.
///
/// - `.npy`: a float or integer array whose shape is the input's, with the batch axis of any length or left out;
/// - `.npz`: the array that has the model input's name, else the first one;
/// - `.json`: `{"input_data": [[...], ...]}`, each inner list the values of one or more inputs, flat or nested;
/// - `.png`: one image of 8 bits for a channel, gray or RGB, scaled to `[0, 1]` by 1 / 255.
pub fn read(path: &Path, shape: SampleShape) -> Result<Vec<Vec<f32>>, Error> {
    let bytes = read_bytes(path, MAX_SAMPLE_FILE_BYTES)?;
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let samples = match ending.as_str() {
        "npy" => numpy::read_npy(&bytes, "array", shape),
        "npz" => numpy::read_npz(&bytes, shape),
        "json" => json::read(&bytes, shape),
        "png" => png::read(&bytes, shape),
        other => Err(FieldError::malformed(
            "file name",
            format!("ending {other:?}, one of .npy, .npz, .json and .png expected"),
        )),
    };
    let samples = samples.map_err(|error| error.in_file(path))?;
    check(&samples, shape).map_err(|error| error.in_file(path))?;
    Ok(samples)
}

/// Checks number, length and finiteness.
pub(crate) fn check(samples: &[Vec<f32>], shape: SampleShape) -> Result<(), FieldError> {
    if samples.is_empty() {
        return Err(FieldError::new(
            "samples",
            Problem::Missing("there are none".into()),
        ));
    }
    for (number, sample) in samples.iter().enumerate() {
        let field = format!("sample {number}");
        if sample.len() != shape.cells() {
            return Err(wrong_shape(field, &[sample.len()], shape));
        }
        if let Some(index) = sample.iter().position(|value| !value.is_finite()) {
            return Err(FieldError::new(
                field,
                Problem::NotFinite {
                    index,
                    value: sample[index],
                },
            ));
        }
    }
    Ok(())
}

fn wrong_shape(field: impl Into<String>, found: &[usize], shape: SampleShape) -> FieldError {
    let expected = format!("{:?} (input {:?}) for each sample", shape.dims, shape.name);
    FieldError::new(
        field,
        Problem::Shape {
            found: format!("{found:?}"),
            expected,
        },
    )
}

/// The number of values that a shape claims, if they fit in memory.
fn bounded(field: &str, dims: &[u64]) -> Result<usize, FieldError> {
    let cells = dims
        .iter()
        .fold(1u64, |cells, &dim| cells.saturating_mul(dim));
    let bytes = cells.saturating_mul(4);
    if bytes > MAX_SAMPLE_BYTES {
        let problem = Problem::TooLarge {
            size: bytes,
            limit: MAX_SAMPLE_BYTES,
            unit: "bytes of samples",
        };
        return Err(FieldError::new(field, problem));
    }
    Ok(cells as usize)
}

/// Cuts an array into inputs: its shape is the input's, with the batch axis of any length or left out, or one row of values
/// for each input.
fn split(
    field: &str,
    dims: &[u64],
    values: Vec<f32>,
    shape: SampleShape,
) -> Result<Vec<Vec<f32>>, FieldError> {
    let dims: Vec<usize> = dims.iter().map(|&dim| dim as usize).collect();
    let inner = if shape.dims.len() > 1 {
        &shape.dims[1..]
    } else {
        shape.dims
    };
    let cells = shape.cells();
    let matches = dims == shape.dims
        || dims == inner
        || (!dims.is_empty()
            && (dims[1..] == *inner || dims[1..] == *shape.dims || dims[1..] == [cells]));
    if !matches || cells == 0 {
        return Err(wrong_shape(field, &dims, shape));
    }
    Ok(values.chunks_exact(cells).map(<[f32]>::to_vec).collect())
}

#[cfg(test)]
mod should {
    use super::*;

    const SHAPE: SampleShape = SampleShape {
        name: "x",
        dims: &[1, 2, 3],
    };

    #[test]
    fn accept_a_batch_and_a_single_input() {
        let values = || (0..12).map(|i| i as f32).collect::<Vec<_>>();
        assert_eq!(split("a", &[2, 2, 3], values(), SHAPE).unwrap().len(), 2);
        assert_eq!(split("a", &[2, 1, 2, 3], values(), SHAPE).unwrap().len(), 2);
        assert_eq!(split("a", &[2, 6], values(), SHAPE).unwrap()[1][0], 6.0);
        assert_eq!(
            split("a", &[2, 3], values()[..6].to_vec(), SHAPE)
                .unwrap()
                .len(),
            1
        );
        for dims in [&[12][..], &[3, 2, 2], &[2, 3, 2], &[]] {
            assert!(split("a", dims, values(), SHAPE).is_err(), "{dims:?}");
        }
    }

    #[test]
    fn refuse_what_is_not_finite_or_missing() {
        assert!(check(&[], SHAPE).is_err());
        assert!(check(&[vec![0.0; 5]], SHAPE).is_err());
        let mut broken = vec![0.0; 6];
        broken[4] = f32::NAN;
        let error = check(&[vec![0.0; 6], broken], SHAPE).unwrap_err();
        assert_eq!(error.field, "sample 1");
        assert!(matches!(error.problem, Problem::NotFinite { index: 4, .. }));
    }
}
