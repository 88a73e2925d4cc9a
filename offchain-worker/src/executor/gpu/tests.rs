// SPDX-License-Identifier: Apache-2.0
//! What happens when a device lies, dies, or has little room. On the software adapter.

use std::{
    sync::{mpsc, Arc},
    time::Duration,
};

use assay_circuit::{
    Circuit, Definition, Linear, Model, Node, Parameters, Range, Shape, Term, Window,
    CIRCUIT_VERSION,
};

use super::{
    model::{plan, Defect},
    *,
};
use crate::executor::{
    check::{known_inputs, self_test},
    error::Place,
    probe,
};

fn backend() -> GpuBackend {
    GpuBackend::open(&AdapterPolicy::Software, Options::default())
        .expect("a software adapter: see docs/operations/gpu.md")
}

fn session(backend: &GpuBackend) -> Arc<Session> {
    backend.session().expect("the device works")
}

fn load(backend: &GpuBackend) -> Loaded {
    let model: Arc<Model> = Arc::new(probe::model());
    backend.load_model(model).expect("it computes rightly")
}

fn inputs() -> Vec<Vec<i32>> {
    known_inputs(probe::model().circuit().input()).to_vec()
}

/// Makes the device lie about one node of a loaded model.
fn break_node(session: &Session, id: u64, node: usize) {
    let broken = session.call(move |held| {
        held.model_mut(id).expect("it is loaded").defect = Some(Defect { node });
        Ok(())
    });
    broken.expect("the device works");
}

/// Of each gather of a loaded model, the pieces.
fn pieces(loaded: &Loaded) -> Vec<usize> {
    let id = loaded.id;
    let pieces = loaded.session.call(move |held| {
        let windows = held.model(id)?.plan.windows.iter().flatten().flatten();
        let cut = windows.filter(|gather| !gather.window.is_identity());
        Ok(cut.map(|gather| gather.pieces.len()).collect())
    });
    pieces.expect("the device works")
}

/// Two windows of 9 by 9 taps over 16 by 16 cells.
fn wide_windows() -> Model {
    let window = Window {
        kernel: [9, 9],
        pad_begin: [4, 4],
        pad_end: [4, 4],
        ..Window::IDENTITY
    };
    let term = Term::Conv {
        input: 1,
        window,
        groups: 1,
        weight_bits: 8,
    };
    let circuit = Circuit::new(Definition {
        version: CIRCUIT_VERSION,
        input_shape: Shape::new(1, 16, 16),
        input_range: Range { low: -8, high: 7 },
        tables: vec![],
        nodes: vec![
            Node::SumPool { input: 0, window },
            Node::Linear(Linear {
                shape: Shape::new(2, 16, 16),
                terms: vec![term],
                bias: false,
                requantise: None,
            }),
        ],
        output: 2,
    });
    let parameters = Parameters {
        weights: vec![(0..162).map(|weight| weight - 81).collect()],
        ..Parameters::default()
    };
    Model::new(circuit.expect("valid"), parameters).expect("the sums fit")
}

mod should {
    use super::*;

    #[test]
    fn name_the_node_that_a_device_computes_wrongly() {
        let backend = backend();
        let loaded = load(&backend);
        let nodes = loaded.model.circuit().nodes().len();
        for node in 0..nodes {
            break_node(&loaded.session, loaded.id, node);
            let id = loaded.id;
            let found = loaded
                .session
                .call(move |held| held.model(id)?.compare_with_interpreter().map(|_| ()));
            let place = Place::Tensor { node: node as u16 };
            assert!(
                matches!(found, Err(ExecutorError::Untrusted { place: found, input: 0, cell: 0, .. }) if found == place),
                "{node}: {found:?}"
            );
        }
    }

    #[test]
    fn notice_wrong_results_between_right_ones_and_never_trust_the_device_again() {
        let backend = backend();
        let loaded = load(&backend);
        assert_eq!(loaded.run(&inputs()).map(|outputs| outputs.len()), Ok(6));
        // The last node's lie shows in the output and nowhere else.
        let last = loaded.model.circuit().nodes().len() - 1;
        assert!(matches!(
            loaded.model.circuit().nodes()[last],
            Node::Linear(_)
        ));
        break_node(&loaded.session, loaded.id, last);
        let error = loaded.run(&inputs()[..1]).unwrap_err();
        assert!(matches!(error, ExecutorError::Untrusted { .. }), "{error}");
        assert_eq!(loaded.run(&inputs()).unwrap_err(), error);
        let again = backend.load(Arc::new(probe::model())).map(|_| ());
        assert_eq!(again, Err(error));
    }

    #[test]
    fn report_a_lost_device_and_open_it_again() {
        let backend = backend();
        let loaded = load(&backend);
        let right = loaded.run(&inputs()).expect("the device works");
        let destroyed = loaded.session.call(|held| {
            held.device.wgpu.destroy();
            Ok(())
        });
        assert!(matches!(
            destroyed.and_then(|()| loaded.run(&inputs()).map(|_| ())),
            Err(ExecutorError::Lost { .. })
        ));
        // The old model stays lost.
        assert!(matches!(
            loaded.run(&inputs()),
            Err(ExecutorError::Lost { .. })
        ));
        let loaded = load(&backend);
        assert_eq!(loaded.run(&inputs()), Ok(right));
    }

    #[test]
    fn turn_a_panic_into_an_error() {
        let backend = backend();
        let result: Result<(), _> = session(&backend).call(|_| panic!("no such kernel"));
        let expected = "no such kernel";
        assert!(
            matches!(&result, Err(ExecutorError::Lost { reason, .. }) if reason == expected),
            "{result:?}"
        );
        let loaded = load(&backend);
        assert_eq!(loaded.run(&inputs()).map(|outputs| outputs.len()), Ok(6));
    }

    #[test]
    fn give_up_on_a_device_that_does_not_answer() {
        let options = Options {
            patience: Duration::from_millis(1),
            ..Options::default()
        };
        let backend = GpuBackend::open(&AdapterPolicy::Software, options).expect("it opens");
        let session = session(&backend);
        let (release, held) = mpsc::channel::<()>();
        // Ends when this test does.
        let result = session.call(move |_| {
            let _ = held.recv();
            Ok(())
        });
        assert!(
            matches!(&result, Err(ExecutorError::Lost { reason, .. }) if reason.contains("no answer")),
            "{result:?}"
        );
        let again = session.call(|_| Ok(()));
        assert!(again.is_err());
        drop(release);
    }

    #[test]
    fn free_a_model_that_is_dropped() {
        let backend = backend();
        let loaded = load(&backend);
        let (id, session) = (loaded.id, loaded.session.clone());
        drop(loaded);
        let gone = session.call(move |held| Ok(held.model_mut(id).is_none()));
        assert_eq!(gone, Ok(true));
    }

    #[test]
    fn compute_the_same_when_gathers_are_cut() {
        // Room for a few columns and little else.
        for memory_bytes in [110_000, 120_000] {
            let options = Options {
                memory_bytes,
                ..Options::default()
            };
            let backend = GpuBackend::open(&AdapterPolicy::Software, options).expect("it opens");
            let tested = self_test(&backend).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(tested.inputs, 16);
            let loaded = load(&backend);
            assert!(loaded.lanes <= 8, "{}", loaded.lanes);
            assert!(pieces(&loaded).iter().any(|&pieces| pieces > 1));
        }
    }

    #[test]
    fn compute_the_same_when_taps_of_one_position_are_cut() {
        let backend = backend();
        let options = Options::default();
        for (model, cells) in [
            (probe::model(), 1),
            (probe::model(), 7),
            (wide_windows(), 50),
        ] {
            let model = Arc::new(model);
            let known = session(&backend).call(move |held| {
                let mut plan = plan(&model, &held.device, options)?;
                for gather in plan.windows.iter_mut().flatten().flatten() {
                    gather.pieces = gather.window.pieces(cells);
                }
                let model = GpuModel::upload_planned(model, plan, &held.device, options);
                model.compare_with_interpreter()
            });
            assert_eq!(known.map(|known| known.outputs.len()), Ok(6), "{cells}");
        }
    }

    #[test]
    fn compute_the_same_when_indices_are_not_kept() {
        let model = Arc::new(wide_windows());
        // The indices of each window take 81 KiB.
        let options = Options {
            memory_bytes: 150_000,
            ..Options::default()
        };
        let backend = GpuBackend::open(&AdapterPolicy::Software, options).expect("it opens");
        let loaded = backend
            .load_model(model.clone())
            .expect("it computes rightly");
        assert!(pieces(&loaded).iter().all(|&pieces| pieces > 1));
        let inputs = known_inputs(model.circuit().input());
        let outputs = loaded.run(&inputs).expect("it runs");
        for (input, output) in inputs.iter().zip(outputs) {
            assert_eq!(model.run(input).expect("in range").output(), output);
        }
    }

    #[test]
    fn say_which_node_is_too_large() {
        let options = Options {
            memory_bytes: 1000,
            ..Options::default()
        };
        let backend = GpuBackend::open(&AdapterPolicy::Software, options).expect("it opens");
        let error = backend.load(Arc::new(probe::model())).map(|_| ());
        assert!(
            matches!(error, Err(ExecutorError::TooLarge { bytes, limit, .. }) if bytes > limit),
            "{error:?}"
        );
    }

    #[test]
    fn refuse_an_input_that_does_not_fit() {
        let loaded = load(&backend());
        let mut inputs = inputs();
        inputs[3][7] = 128;
        let error = loaded.run(&inputs);
        assert!(
            matches!(error, Err(ExecutorError::Input { index: 3, .. })),
            "{error:?}"
        );
        inputs[3].pop();
        assert!(loaded.run(&inputs).is_err());
        assert_eq!(loaded.run(&[]), Ok(vec![]));
    }
}
