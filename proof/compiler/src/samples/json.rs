// SPDX-License-Identifier: Apache-2.0
//! `{"input_data": [[...], ...]}`, the form of EZKL's input files.

use serde_json::Value;

use super::{wrong_shape, SampleShape};
use crate::error::{FieldError, Problem};

const KEY: &str = "input_data";

pub(super) fn read(bytes: &[u8], shape: SampleShape) -> Result<Vec<Vec<f32>>, FieldError> {
    let document: Value = serde_json::from_slice(bytes)
        .map_err(|error| FieldError::malformed("file", format!("not JSON: {error}")))?;
    let data = document
        .get(KEY)
        .ok_or_else(|| FieldError::new(KEY, Problem::Missing(String::new())))?;
    let Value::Array(rows) = data else {
        return Err(FieldError::malformed(KEY, "not a list"));
    };
    // A flat list of numbers is one input.
    let flat = !rows.is_empty() && rows.iter().all(Value::is_number);
    let rows = if flat {
        std::slice::from_ref(data)
    } else {
        rows.as_slice()
    };
    let cells = shape.cells();
    let mut samples = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let field = format!("{KEY}[{number}]");
        let mut values = Vec::new();
        flatten(row, &field, &mut values)?;
        if values.is_empty() || cells == 0 || !values.len().is_multiple_of(cells) {
            return Err(wrong_shape(field, &[values.len()], shape));
        }
        samples.extend(values.chunks_exact(cells).map(<[f32]>::to_vec));
    }
    Ok(samples)
}

/// Appends the numbers of nested lists, whose depth serde_json limits.
fn flatten(value: &Value, field: &str, out: &mut Vec<f32>) -> Result<(), FieldError> {
    match value {
        Value::Array(list) => list.iter().try_for_each(|value| flatten(value, field, out)),
        Value::Number(number) => {
            let value = number.as_f64().unwrap_or(f64::NAN) as f32;
            if !value.is_finite() {
                return Err(FieldError::new(
                    field,
                    Problem::NotFinite {
                        index: out.len(),
                        value,
                    },
                ));
            }
            out.push(value);
            Ok(())
        }
        other => {
            let found = match other {
                Value::String(_) => "string",
                Value::Bool(_) => "boolean",
                Value::Null => "null",
                _ => "object",
            };
            Err(FieldError::new(
                field,
                Problem::ElementType {
                    found: found.into(),
                    expected: "numbers",
                },
            ))
        }
    }
}

#[cfg(test)]
mod should {
    use super::*;

    const SHAPE: SampleShape = SampleShape {
        name: "x",
        dims: &[1, 2, 2],
    };

    #[test]
    fn read_flat_and_nested_lists() {
        for text in [
            r#"{"input_data": [[1, 2, 3, 4.5]]}"#,
            r#"{"input_data": [[[[1, 2], [3, 4.5]]]]}"#,
            r#"{"input_data": [1, 2, 3, 4.5]}"#,
            r#"{"input_data": [[1, 2, 3, 4.5]], "output_data": null}"#,
        ] {
            assert_eq!(
                read(text.as_bytes(), SHAPE).unwrap(),
                [[1.0, 2.0, 3.0, 4.5]],
                "{text}"
            );
        }
        let batch = r#"{"input_data": [[1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 0]]}"#;
        assert_eq!(read(batch.as_bytes(), SHAPE).unwrap().len(), 3);
    }

    #[test]
    fn name_the_field_of_bad_input() {
        for (text, field) in [
            ("{", "file"),
            ("[]", "input_data"),
            (r#"{"input": []}"#, "input_data"),
            (r#"{"input_data": {}}"#, "input_data"),
            (
                r#"{"input_data": [[1, 2, 3, 4], [1, 2, 3]]}"#,
                "input_data[1]",
            ),
            (r#"{"input_data": [[1, 2, 3, "4"]]}"#, "input_data[0]"),
            (r#"{"input_data": [[1, 2, 3, 1e300]]}"#, "input_data[0]"),
        ] {
            assert_eq!(
                read(text.as_bytes(), SHAPE).unwrap_err().field,
                field,
                "{text}"
            );
        }
        let deep = format!(
            "{{\"input_data\": {}{}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert!(read(deep.as_bytes(), SHAPE).is_err());
    }
}
