// SPDX-License-Identifier: Apache-2.0
//! Constants: initialisers, `Constant` nodes and what is computed from them.

use super::proto::{tensor_proto::DataLocation, tensor_proto::DataType, TensorProto};

use crate::{
    error::{FieldError, Problem},
    limits::{MAX_CONSTANT_ELEMENTS, MAX_RANK},
};

/// A constant in row-major order. Integer types and booleans are widened to `i64`, floating ones converted to `f32`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) dims: Vec<usize>,
    pub(crate) data: Data,
}

/// Elements of a [`Tensor`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    Float(Vec<f32>),
    Int(Vec<i64>),
}

impl Tensor {
    pub(crate) fn floats(dims: Vec<usize>, data: Vec<f32>) -> Self {
        Self {
            dims,
            data: Data::Float(data),
        }
    }

    pub(crate) fn ints(dims: Vec<usize>, data: Vec<i64>) -> Self {
        Self {
            dims,
            data: Data::Int(data),
        }
    }

    /// The elements as floats; integers are converted.
    pub(crate) fn to_floats(&self) -> Vec<f32> {
        match &self.data {
            Data::Float(values) => values.clone(),
            Data::Int(values) => values.iter().map(|&value| value as f32).collect(),
        }
    }

    /// The elements as integers, if that is their type.
    pub(crate) fn as_ints(&self) -> Option<&[i64]> {
        match &self.data {
            Data::Int(values) => Some(values),
            Data::Float(_) => None,
        }
    }

    /// The only element.
    pub(crate) fn scalar(&self) -> Option<f64> {
        match &self.data {
            Data::Float(values) if values.len() == 1 => Some(values[0] as f64),
            Data::Int(values) if values.len() == 1 => Some(values[0] as f64),
            _ => None,
        }
    }
}

/// The number of elements of a shape, if it is within the limits.
pub(crate) fn element_count(field: &str, dims: &[i64]) -> Result<usize, FieldError> {
    if dims.len() > MAX_RANK {
        return Err(FieldError::new(
            field,
            Problem::TooLarge {
                size: dims.len() as u64,
                limit: MAX_RANK as u64,
                unit: "axes",
            },
        ));
    }
    let mut count = 1u64;
    for &dim in dims {
        let dim = u64::try_from(dim)
            .map_err(|_| FieldError::malformed(field, format!("negative extent in {dims:?}")))?;
        count = count.saturating_mul(dim);
    }
    if count > MAX_CONSTANT_ELEMENTS {
        return Err(FieldError::new(
            field,
            Problem::TooLarge {
                size: count,
                limit: MAX_CONSTANT_ELEMENTS,
                unit: "elements",
            },
        ));
    }
    Ok(count as usize)
}

/// Checks a claimed shape against the bytes that are there, then converts. Takes the tensor, so that its bytes are freed.
pub(crate) fn read(field: &str, proto: TensorProto) -> Result<Tensor, FieldError> {
    let count = element_count(field, &proto.dims)?;
    let dims: Vec<usize> = proto.dims.iter().map(|&dim| dim as usize).collect();
    if proto.data_location == Some(DataLocation::External as i32) || !proto.external_data.is_empty()
    {
        return Err(FieldError::malformed(
            field,
            "the data is in another file; save the model with its weights inside",
        ));
    }
    let unsupported = |found: String| {
        let expected = "FLOAT, DOUBLE, FLOAT16, BFLOAT16, an integer type or BOOL";
        FieldError::new(field, Problem::ElementType { found, expected })
    };
    let kind = DataType::try_from(proto.data_type)
        .map_err(|_| unsupported(format!("number {}", proto.data_type)))?;
    let raw = &proto.raw_data;
    let data = match kind {
        DataType::Float => Data::Float(elements(
            field,
            count,
            raw,
            proto.float_data,
            f32::from_le_bytes,
        )?),
        DataType::Double => {
            let wide = elements(field, count, raw, proto.double_data, f64::from_le_bytes)?;
            Data::Float(wide.into_iter().map(|value| value as f32).collect())
        }
        DataType::Float16 | DataType::Bfloat16 => {
            let narrow = narrow_ints(&proto.int32_data, |value| value as u16);
            let bits = elements(field, count, raw, narrow, u16::from_le_bytes)?;
            let convert = if kind == DataType::Float16 {
                half
            } else {
                bfloat
            };
            Data::Float(bits.into_iter().map(convert).collect())
        }
        DataType::Int64 => Data::Int(elements(
            field,
            count,
            raw,
            proto.int64_data,
            i64::from_le_bytes,
        )?),
        DataType::Int32 => Data::Int(widen(elements(
            field,
            count,
            raw,
            proto.int32_data,
            i32::from_le_bytes,
        )?)),
        DataType::Int16 => {
            let narrow = narrow_ints(&proto.int32_data, |value| value as i16);
            Data::Int(widen(elements(
                field,
                count,
                raw,
                narrow,
                i16::from_le_bytes,
            )?))
        }
        DataType::Uint16 => {
            let narrow = narrow_ints(&proto.int32_data, |value| value as u16);
            Data::Int(widen(elements(
                field,
                count,
                raw,
                narrow,
                u16::from_le_bytes,
            )?))
        }
        DataType::Int8 => {
            let narrow = narrow_ints(&proto.int32_data, |value| value as i8);
            Data::Int(widen(elements(
                field,
                count,
                raw,
                narrow,
                i8::from_le_bytes,
            )?))
        }
        DataType::Uint8 | DataType::Bool => {
            let narrow = narrow_ints(&proto.int32_data, |value| value as u8);
            Data::Int(widen(elements(
                field,
                count,
                raw,
                narrow,
                u8::from_le_bytes,
            )?))
        }
        DataType::Uint32 => {
            let narrow = proto
                .uint64_data
                .iter()
                .map(|&value| value as u32)
                .collect();
            Data::Int(widen(elements(
                field,
                count,
                raw,
                narrow,
                u32::from_le_bytes,
            )?))
        }
        other => return Err(unsupported(other.as_str_name().to_string())),
    };
    if let Data::Float(values) = &data {
        // An infinity may bound a Clip; anywhere else it is a broken weight.
        let broken = |value: &f32| value.is_nan() || (count != 1 && value.is_infinite());
        if let Some(index) = values.iter().position(broken) {
            return Err(FieldError::new(
                field,
                Problem::NotFinite {
                    index,
                    value: values[index],
                },
            ));
        }
    }
    Ok(Tensor { dims, data })
}

fn narrow_ints<T>(values: &[i32], convert: impl Fn(i32) -> T) -> Vec<T> {
    values.iter().map(|&value| convert(value)).collect()
}

fn widen<T: Into<i64>>(values: Vec<T>) -> Vec<i64> {
    values.into_iter().map(Into::into).collect()
}

/// The elements from whichever field holds them, which must hold exactly `count`.
fn elements<T, const N: usize>(
    field: &str,
    count: usize,
    raw: &[u8],
    typed: Vec<T>,
    convert: fn([u8; N]) -> T,
) -> Result<Vec<T>, FieldError> {
    let mismatch = |held: usize, unit: &str| {
        FieldError::malformed(
            field,
            format!("the shape claims {count} elements, the data has {held} {unit}"),
        )
    };
    if !typed.is_empty() && !raw.is_empty() {
        return Err(FieldError::malformed(field, "both raw and typed data"));
    }
    if !typed.is_empty() {
        return if typed.len() == count {
            Ok(typed)
        } else {
            Err(mismatch(typed.len(), "elements"))
        };
    }
    if raw.len() != count * N {
        return Err(mismatch(raw.len(), "bytes"));
    }
    Ok(raw
        .chunks_exact(N)
        .map(|bytes| convert(bytes.try_into().expect("chunks of N bytes")))
        .collect())
}

/// IEEE 754 binary16 to binary32, exact.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = (bits >> 10 & 0x1f) as i32;
    let mantissa = (bits & 0x3ff) as f32;
    match exponent {
        0 => sign * mantissa * 2f32.powi(-24),
        31 if mantissa == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1024.0 + mantissa) * 2f32.powi(exponent - 25),
    }
}

/// bfloat16 to binary32, exact.
fn bfloat(bits: u16) -> f32 {
    f32::from_bits((bits as u32) << 16)
}

#[cfg(test)]
mod should {
    use super::*;

    fn proto(dims: &[i64], kind: DataType) -> TensorProto {
        TensorProto {
            dims: dims.to_vec(),
            data_type: kind as i32,
            ..Default::default()
        }
    }

    #[test]
    fn refuse_a_shape_that_claims_more_than_the_data() {
        for dims in [
            &[50_000, 50_000][..],
            &[3][..],
            &[i64::MAX, i64::MAX, 4][..],
            &[-1][..],
        ] {
            let mut tensor = proto(dims, DataType::Float);
            tensor.raw_data = vec![0; 8];
            assert!(read("w", tensor).is_err(), "{dims:?}");
        }
    }

    #[test]
    fn refuse_nan_and_external_data_and_strings() {
        let mut tensor = proto(&[2], DataType::Float);
        tensor.float_data = vec![1.0, f32::NAN];
        let error = read("w", tensor).unwrap_err();
        assert!(matches!(error.problem, Problem::NotFinite { index: 1, .. }));

        let mut tensor = proto(&[1], DataType::Float);
        tensor.data_location = Some(DataLocation::External as i32);
        assert!(read("w", tensor).is_err());

        let error = read("w", proto(&[0], DataType::String)).unwrap_err();
        assert!(matches!(error.problem, Problem::ElementType { .. }));
    }

    #[test]
    fn convert_narrow_floats_exactly() {
        assert_eq!(half(0x3c00), 1.0);
        assert_eq!(half(0xc000), -2.0);
        assert_eq!(half(0x7bff), 65504.0);
        assert_eq!(half(0x0001), 2f32.powi(-24));
        assert!(half(0x7e00).is_nan());
        assert_eq!(bfloat(0x3fc0), 1.5);
    }

    #[test]
    fn read_typed_and_raw_data_alike() {
        let mut raw = proto(&[2], DataType::Int64);
        raw.raw_data = [5i64.to_le_bytes(), (-1i64).to_le_bytes()].concat();
        let mut typed = proto(&[2], DataType::Int64);
        typed.int64_data = vec![5, -1];
        assert_eq!(read("a", raw).unwrap(), read("b", typed).unwrap());
    }
}
