// SPDX-License-Identifier: Apache-2.0
//! Real handwritten digits of the test set, none of which the model was trained on.

use std::{fs::File, io::BufReader, path::Path};

use anyhow::{ensure, Context, Result};
use assay_compiler::{samples, InputCodec};

/// Side of an image.
const SIDE: usize = 28;
/// Dots of a Braille character, by column and row, as bits of its code point.
const DOTS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// A digit.
#[derive(Clone, Debug)]
pub struct Digit {
    /// What a person says it is.
    pub label: u8,
    /// The model's input.
    pub codes: Vec<i32>,
    pixels: Vec<f32>,
}

impl Digit {
    /// Seven lines of fourteen characters.
    pub(crate) fn drawing(&self) -> Vec<String> {
        let dark = |row: usize, column: usize| self.pixels[row * SIDE + column] > 0.4;
        (0..SIDE / 4)
            .map(|line| {
                (0..SIDE / 2)
                    .filter_map(|character| {
                        let mut code = 0x2800;
                        for (dx, column) in DOTS.iter().enumerate() {
                            for (dy, bit) in column.iter().enumerate() {
                                if dark(4 * line + dy, 2 * character + dx) {
                                    code |= bit;
                                }
                            }
                        }
                        char::from_u32(code)
                    })
                    .collect()
            })
            .collect()
    }
}

/// The first `count` digits of `mnist-test.npz`.
pub(crate) fn load(models: &Path, codec: &InputCodec, count: usize) -> Result<Vec<Digit>> {
    let path = models.join("mnist-test.npz");
    let images = samples::read(&path, codec.sample_shape())?;
    let labels = labels(&path)?;
    ensure!(
        images.len() >= count && labels.len() >= count,
        "{} holds fewer than {count} digits",
        path.display()
    );
    let digits = images.into_iter().zip(labels).take(count);
    Ok(digits
        .map(|(pixels, label)| Digit {
            label,
            codes: codec.encode(&pixels),
            pixels,
        })
        .collect())
}

fn labels(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut archive = npyz::npz::NpzArchive::new(BufReader::new(file))?;
    let labels = archive
        .by_name("labels")?
        .with_context(|| format!("{} has no labels", path.display()))?;
    Ok(labels.into_vec::<u8>()?)
}
