// SPDX-License-Identifier: Apache-2.0
//! NumPy arrays and archives. Claimed sizes are compared with the bytes that are there before memory is taken.

use std::io::{Cursor, Read};

use npyz::{DType, NpyFile, NpyHeader, Order, TypeChar};

use super::{bounded, split, SampleShape};
use crate::{
    error::{FieldError, Problem},
    limits::MAX_SAMPLE_BYTES,
};

/// Bytes of an array's header; NumPy itself writes a few hundred.
const MAX_HEADER_BYTES: usize = 1 << 16;

pub(super) fn read_npy(
    bytes: &[u8],
    field: &str,
    shape: SampleShape,
) -> Result<Vec<Vec<f32>>, FieldError> {
    check_header_length(bytes, field)?;
    let mut rest = bytes;
    let header = NpyHeader::from_reader(&mut rest)
        .map_err(|error| FieldError::malformed(field, format!("not a NumPy array: {error}")))?;
    let dims = header.shape().to_vec();
    let count = bounded(field, &dims)?;
    let dtype = header.dtype();
    let unusable = || {
        let expected = "float16 to float64, an integer type or bool";
        FieldError::new(
            field,
            Problem::ElementType {
                found: dtype.descr(),
                expected,
            },
        )
    };
    let DType::Plain(plain) = &dtype else {
        return Err(unusable());
    };
    let size = plain.num_bytes().ok_or_else(unusable)? as u64;
    if size.saturating_mul(count as u64) != rest.len() as u64 {
        let what = format!(
            "the shape {dims:?} claims {count} elements of {size} bytes, the data has {} bytes",
            rest.len()
        );
        return Err(FieldError::malformed(field, what));
    }
    if header.order() == Order::Fortran && dims.len() > 1 {
        return Err(FieldError::malformed(
            field,
            "in Fortran order; save it in C order",
        ));
    }
    let file = NpyFile::with_header(header, rest);
    let broken = |error: std::io::Error| FieldError::malformed(field, error.to_string());
    macro_rules! convert {
        ($kind:ty) => {
            file.into_vec::<$kind>()
                .map_err(broken)?
                .into_iter()
                .map(|value| value as f32)
                .collect()
        };
    }
    let values: Vec<f32> = match (plain.type_char(), plain.size_field()) {
        (TypeChar::Float, 4) => file.into_vec::<f32>().map_err(broken)?,
        (TypeChar::Float, 8) => convert!(f64),
        (TypeChar::Int, 1) => convert!(i8),
        (TypeChar::Int, 2) => convert!(i16),
        (TypeChar::Int, 4) => convert!(i32),
        (TypeChar::Int, 8) => convert!(i64),
        (TypeChar::Uint, 1) => convert!(u8),
        (TypeChar::Uint, 2) => convert!(u16),
        (TypeChar::Uint, 4) => convert!(u32),
        (TypeChar::Uint, 8) => convert!(u64),
        (TypeChar::Bool, _) => file
            .into_vec::<bool>()
            .map_err(broken)?
            .into_iter()
            .map(|bit| bit as u8 as f32)
            .collect(),
        _ => return Err(unusable()),
    };
    split(field, &dims, values, shape)
}

/// The header's length is a field of 2 or 4 bytes, and its memory is taken before it is read.
fn check_header_length(bytes: &[u8], field: &str) -> Result<(), FieldError> {
    let claimed = match bytes {
        [_, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => u16::from_le_bytes([*a, *b]) as usize,
        [_, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d, ..] => {
            u32::from_le_bytes([*a, *b, *c, *d]) as usize
        }
        _ => return Err(FieldError::malformed(field, "not a NumPy array")),
    };
    if claimed > MAX_HEADER_BYTES || claimed > bytes.len() {
        return Err(FieldError::malformed(
            field,
            format!("a header of {claimed} bytes"),
        ));
    }
    Ok(())
}

pub(super) fn read_npz(bytes: &[u8], shape: SampleShape) -> Result<Vec<Vec<f32>>, FieldError> {
    let broken =
        |what: String| FieldError::malformed("file", format!("not a NumPy archive: {what}"));
    let mut archive = npyz::npz::NpzArchive::new(Cursor::new(bytes))
        .map_err(|error| broken(error.to_string()))?;
    let zip = archive.zip_archive();
    // In the order of the archive, which is that of the arguments of `numpy.savez`.
    let mut arrays = Vec::new();
    for index in 0..zip.len() {
        let entry = zip
            .by_index_raw(index)
            .map_err(|error| broken(error.to_string()))?;
        if let Some(name) = npyz::npz::array_name_from_file_name(entry.name()) {
            arrays.push((index, name.to_string()));
        }
    }
    let wanted = arrays
        .iter()
        .find(|(_, name)| name == shape.name)
        .or_else(|| arrays.first());
    let Some((index, name)) = wanted else {
        return Err(FieldError::new("file", Problem::Missing("an array".into())));
    };
    let field = format!("array {name:?}");
    let entry = zip
        .by_index(*index)
        .map_err(|error| FieldError::malformed(&field, error.to_string()))?;
    // Twice: doubles are read as such. What the entry claims to be unpacked is not relied on.
    let limit = 2 * MAX_SAMPLE_BYTES + MAX_HEADER_BYTES as u64;
    let mut unpacked = Vec::new();
    entry
        .take(limit + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| FieldError::malformed(&field, error.to_string()))?;
    if unpacked.len() as u64 > limit {
        let problem = Problem::TooLarge {
            size: unpacked.len() as u64,
            limit,
            unit: "bytes",
        };
        return Err(FieldError::new(field, problem));
    }
    read_npy(&unpacked, &field, shape)
}

#[cfg(test)]
mod should {
    use super::*;
    use npyz::WriterBuilder;

    const SHAPE: SampleShape = SampleShape {
        name: "x",
        dims: &[1, 2],
    };

    fn npy<T: npyz::AutoSerialize + Copy>(dims: &[u64], values: &[T]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let options = npyz::WriteOptions::new()
            .default_dtype()
            .shape(dims)
            .writer(&mut bytes);
        let mut writer = options.begin_nd().unwrap();
        writer.extend(values.iter().copied()).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn read_numbers_of_several_types() {
        assert_eq!(
            read_npy(&npy(&[1, 2], &[1.5f32, -2.0]), "a", SHAPE).unwrap(),
            [[1.5, -2.0]]
        );
        assert_eq!(
            read_npy(&npy(&[2, 2], &[1.5f64, 2.0, 3.0, 4.0]), "a", SHAPE)
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            read_npy(&npy(&[2], &[7u8, 9]), "a", SHAPE).unwrap(),
            [[7.0, 9.0]]
        );
        assert_eq!(
            read_npy(&npy(&[2], &[-7i64, 9]), "a", SHAPE).unwrap(),
            [[-7.0, 9.0]]
        );
    }

    #[test]
    fn refuse_claims_that_the_bytes_do_not_hold() {
        let good = npy(&[1, 2], &[1.5f32, -2.0]);
        for length in 0..good.len() {
            assert!(read_npy(&good[..length], "a", SHAPE).is_err(), "{length}");
        }
        let place = good.iter().position(|&byte| byte == b'(').unwrap() + 1;
        assert_eq!(good[place], b'1');
        let mut huge = good.clone();
        huge[place] = b'9';
        assert!(read_npy(&huge, "a", SHAPE).is_err());
        // A header of 4 GiB.
        let mut header = b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec();
        header.extend([b' '; 64]);
        assert!(read_npy(&header, "a", SHAPE).is_err());
        assert!(read_npz(b"PK\x03\x04 and nothing", SHAPE).is_err());
    }
}
