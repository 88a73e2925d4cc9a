// SPDX-License-Identifier: Apache-2.0
//! Times of the prover and the native verifier, phase by phase, for shapes like those of the
//! benchmarks with random weights.
//!
//! `cargo run -p assay-proof --features prover --example prove_times [batch] [workload ...]`

use assay_circuit::{
    Circuit, Definition, Linear, Model, Node, ParameterId, Parameters, Range, Requantise, Shape,
    Table, Term, Window, CIRCUIT_VERSION,
};
use assay_proof::{prove, verify, Context, ProvingKey, Statement};
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Processor time of all threads so far: on a machine that others use it says more than a clock.
/// Zero where there is no `/proc`.
fn cpu_time() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let times = tasks.filter_map(|task| {
        let line = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        line.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}

/// Prints how long each span took.
#[derive(Default)]
struct Spans(std::sync::Mutex<Vec<Span>>);

/// A name, and clock and processor time at the start.
type Span = (&'static str, Option<(Instant, Duration)>);

impl Subscriber for Spans {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().unwrap();
        spans.push((span.metadata().name(), None));
        Id::from_u64(spans.len() as u64)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        struct Nothing;
        impl Visit for Nothing {
            fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
        }
        event.record(&mut Nothing);
    }
    fn enter(&self, id: &Id) {
        self.0.lock().unwrap()[id.into_u64() as usize - 1].1 = Some((Instant::now(), cpu_time()));
    }
    fn exit(&self, id: &Id) {
        let (name, started) = self.0.lock().unwrap()[id.into_u64() as usize - 1];
        if let Some((clock, cpu)) = started {
            let (clock, cpu) = (clock.elapsed(), cpu_time() - cpu);
            eprintln!("    {name:10} {clock:10.1?} {cpu:10.1?} of processors");
        }
    }
}

const BYTE: Range = Range { low: 0, high: 255 };

fn square(kernel: u16, pad: u16, stride: u16) -> Window {
    Window {
        kernel: [kernel; 2],
        stride: [stride; 2],
        dilation: [1; 2],
        pad_begin: [pad; 2],
        pad_end: [pad; 2],
    }
}

struct Builder {
    definition: Definition,
    shape: Shape,
}

impl Builder {
    fn new(shape: Shape) -> Self {
        let tables = vec![Table::Clamp {
            width: 14,
            range: BYTE,
        }];
        let (nodes, output, version) = (Vec::new(), 0, CIRCUIT_VERSION);
        let definition = Definition {
            version,
            input_shape: shape,
            input_range: BYTE,
            tables,
            nodes,
            output,
        };
        Self { definition, shape }
    }

    fn push(&mut self, node: Node, shape: Shape) {
        self.definition.nodes.push(node);
        self.definition.output += 1;
        self.shape = shape;
    }

    fn linear(&mut self, term: Term, shape: Shape, shift: Option<u8>) {
        let requantise = shift.map(|shift| Requantise { shift, table: 0 });
        let node = Linear {
            shape,
            terms: vec![term],
            bias: true,
            requantise,
        };
        self.push(Node::Linear(node), shape);
    }

    fn conv(mut self, channels: u32, kernel: u16, pad: u16, shift: u8) -> Self {
        let extent = |e: u32| e + 2 * u32::from(pad) + 1 - u32::from(kernel);
        let shape = Shape::new(
            channels,
            extent(self.shape.height),
            extent(self.shape.width),
        );
        let input = self.definition.output;
        let window = square(kernel, pad, 1);
        self.linear(
            Term::Conv {
                input,
                window,
                groups: 1,
                weight_bits: 8,
            },
            shape,
            Some(shift),
        );
        self
    }

    fn gemm(mut self, channels: u32, shift: Option<u8>) -> Self {
        let input = self.definition.output;
        self.linear(
            Term::Gemm {
                input,
                weight_bits: 8,
            },
            Shape::new(channels, 1, 1),
            shift,
        );
        self
    }

    fn max_pool(mut self) -> Self {
        let input = self.definition.output;
        let shape = Shape::new(
            self.shape.channels,
            self.shape.height / 2,
            self.shape.width / 2,
        );
        self.push(
            Node::MaxPool {
                input,
                window: square(2, 0, 2),
            },
            shape,
        );
        self
    }

    fn build(self) -> Model {
        let circuit = Circuit::new(self.definition).unwrap();
        let mut state = 7u64;
        let mut noise = move || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) as i64
        };
        let mut parameters = Parameters::default();
        for tensor in circuit.parameter_layout() {
            let cells = 0..tensor.cells();
            match tensor.id {
                ParameterId::Weights { .. } => {
                    let weights = cells.map(|_| (noise() % 255 - 127) as i16);
                    parameters.weights.push(weights.collect());
                }
                ParameterId::Bias { .. } => {
                    parameters
                        .biases
                        .push(cells.map(|_| (noise() % 4096 - 2048) as i32).collect());
                }
                ParameterId::Table { .. } => unreachable!("no committed tables"),
            }
        }
        Model::new(circuit, parameters).unwrap()
    }
}

fn workload(name: &str) -> Model {
    match name {
        "mlp" => Builder::new(Shape::new(784, 1, 1))
            .gemm(128, Some(12))
            .gemm(10, None)
            .build(),
        "lenet" => Builder::new(Shape::new(1, 28, 28))
            .conv(6, 5, 2, 8)
            .max_pool()
            .conv(16, 5, 0, 10)
            .max_pool()
            .gemm(120, Some(11))
            .gemm(84, Some(10))
            .gemm(10, None)
            .build(),
        "cnn" => Builder::new(Shape::new(3, 32, 32))
            .conv(32, 3, 1, 8)
            .max_pool()
            .conv(32, 3, 1, 10)
            .max_pool()
            .conv(64, 3, 1, 10)
            .max_pool()
            .gemm(224, Some(12))
            .gemm(10, None)
            .build(),
        "mlp4m" => Builder::new(Shape::new(1024, 1, 1))
            .gemm(1448, Some(12))
            .gemm(1448, Some(12))
            .gemm(280, Some(12))
            .gemm(10, None)
            .build(),
        other => panic!("no workload {other}"),
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let batch: usize = arguments
        .next()
        .map_or(1, |batch| batch.parse().expect("a batch size"));
    let mut names: Vec<String> = arguments.collect();
    if names.is_empty() {
        names = ["mlp", "lenet", "cnn", "mlp4m"].map(String::from).into();
    }
    let context = Context {
        chain_id: [0; 32],
        jobs: &[],
        provider: [0; 32],
    };
    for name in names {
        let model = workload(&name);
        let parameters: u64 = model.layout().iter().map(|tensor| tensor.cells()).sum();
        let start = Instant::now();
        let key = ProvingKey::new(model).unwrap();
        let commit = start.elapsed();
        let cells = key.model().circuit().input().cells();
        let inputs: Vec<Vec<i32>> = (0..batch)
            .map(|b| {
                (0..cells)
                    .map(|i| ((i * 31 + b * 7) % 256) as i32)
                    .collect()
            })
            .collect();
        // Warm: tables of the reference string are built at first use.
        prove(&key, &context, &inputs).unwrap();
        let (start, cpu) = (Instant::now(), cpu_time());
        let proven = prove(&key, &context, &inputs).unwrap();
        let (proving, proving_cpu) = (start.elapsed(), cpu_time() - cpu);
        tracing::subscriber::with_default(Spans::default(), || prove(&key, &context, &inputs))
            .unwrap();
        let proof = proven.proof.to_bytes();
        let statement = Statement {
            context,
            inputs: &inputs,
            outputs: &proven.outputs,
        };
        let cpu = cpu_time();
        for _ in 0..5 {
            verify(key.verifying_key(), &statement, &proof).unwrap();
        }
        let verifying = (cpu_time() - cpu) / 5;
        let cost = key.verifying_key().cost(batch as u32).unwrap();
        println!(
            "{name}: batch {batch}, {parameters} parameters, commit {commit:.1?}, prove \
             {proving:.1?} ({proving_cpu:.1?} of processors), verify {verifying:.2?} of a processor, {} bytes",
            proof.len()
        );
        println!("    {cost:?}");
    }
}
