// SPDX-License-Identifier: Apache-2.0
//! PNG images as inputs of shape `[1, channels, height, width]`, pixels scaled to `[0, 1]`.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Limits, Transformations};

use super::{wrong_shape, SampleShape};
use crate::error::{FieldError, Problem};

/// Memory of the decoder beside the image itself.
const DECODER_BYTES: usize = 64 << 20;

pub(super) fn read(bytes: &[u8], shape: SampleShape) -> Result<Vec<Vec<f32>>, FieldError> {
    let broken = |error: png::DecodingError| {
        FieldError::malformed("image", format!("not a PNG image: {error}"))
    };
    let (channels, height, width) = match *shape.dims {
        [1, channels, height, width] | [channels, height, width] => (channels, height, width),
        _ => {
            let what = format!(
                "the model's input {:?} has the shape {:?} and is no image",
                shape.name, shape.dims
            );
            return Err(FieldError::malformed("image", what));
        }
    };
    let mut decoder = Decoder::new_with_limits(
        Cursor::new(bytes),
        Limits {
            bytes: DECODER_BYTES,
        },
    );
    // Palettes and depths below 8 bits become 8 bits.
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(broken)?;
    // Before the image's memory is taken.
    let found = [reader.info().height as usize, reader.info().width as usize];
    if found != [height, width] {
        return Err(wrong_shape("image", &found, shape));
    }
    let (color, depth) = reader.output_color_type();
    let samples = match color {
        ColorType::Grayscale => 1,
        ColorType::Rgb => 3,
        _ => 0,
    };
    if depth != BitDepth::Eight || samples == 0 {
        let problem = Problem::ElementType {
            found: format!("{color:?}, {depth:?} bits"),
            expected: "gray or RGB without transparency, 8 bits for a channel",
        };
        return Err(FieldError::new("image", problem));
    }
    if samples != channels {
        return Err(wrong_shape("image", &[samples, height, width], shape));
    }
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| FieldError::malformed("image", "too large"))?;
    let mut pixels = vec![0; size];
    reader.next_frame(&mut pixels).map_err(broken)?;
    // From interleaved channels to planes.
    let plane = height * width;
    let mut values = vec![0.0; channels * plane];
    for (place, pixel) in pixels.chunks_exact(channels).take(plane).enumerate() {
        for (channel, &level) in pixel.iter().enumerate() {
            values[channel * plane + place] = level as f32 / 255.0;
        }
    }
    Ok(vec![values])
}

#[cfg(test)]
mod should {
    use super::*;

    fn encode(width: u32, height: u32, color: ColorType, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(color);
        encoder.set_depth(BitDepth::Eight);
        encoder
            .write_header()
            .unwrap()
            .write_image_data(pixels)
            .unwrap();
        bytes
    }

    #[test]
    fn separate_the_channels() {
        let image = encode(2, 1, ColorType::Rgb, &[255, 0, 51, 0, 255, 102]);
        let shape = SampleShape {
            name: "x",
            dims: &[1, 3, 1, 2],
        };
        assert_eq!(
            read(&image, shape).unwrap(),
            [[1.0, 0.0, 0.0, 1.0, 0.2, 0.4]]
        );
    }

    #[test]
    fn refuse_other_sizes_colours_and_broken_files() {
        let gray = encode(2, 2, ColorType::Grayscale, &[1, 2, 3, 4]);
        assert!(read(
            &gray,
            SampleShape {
                name: "x",
                dims: &[1, 1, 2, 2]
            }
        )
        .is_ok());
        assert!(read(
            &gray,
            SampleShape {
                name: "x",
                dims: &[1, 1, 2, 3]
            }
        )
        .is_err());
        assert!(read(
            &gray,
            SampleShape {
                name: "x",
                dims: &[1, 3, 2, 2]
            }
        )
        .is_err());
        assert!(read(
            &gray,
            SampleShape {
                name: "x",
                dims: &[1, 4]
            }
        )
        .is_err());
        for length in 0..gray.len() - 12 {
            assert!(
                read(
                    &gray[..length],
                    SampleShape {
                        name: "x",
                        dims: &[1, 1, 2, 2]
                    }
                )
                .is_err(),
                "{length}"
            );
        }
        let alpha = encode(1, 1, ColorType::Rgba, &[1, 2, 3, 4]);
        assert!(read(
            &alpha,
            SampleShape {
                name: "x",
                dims: &[1, 3, 1, 1]
            }
        )
        .is_err());
    }
}
