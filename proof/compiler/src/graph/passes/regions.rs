// SPDX-License-Identifier: Apache-2.0
//! Element-wise subgraphs with one input tensor become maps; sums of different tensors become linear nodes.

use std::{collections::HashMap, sync::Arc};

use super::unsupported;
use crate::{
    error::FieldError,
    graph::{
        function::{Binary, Function, Step},
        Graph, Linear, Op, Term, ValueId,
    },
};

pub(super) fn run(graph: &mut Graph) -> Result<(), FieldError> {
    let bases = find_bases(graph)?;
    let roots = find_roots(graph, &bases);
    let mut made: Vec<ValueId> = Vec::new();
    let mut maps = Vec::with_capacity(roots.len());
    for &root in &roots {
        // A linear node has one activation: a second function of it reads the first, where it goes through the first.
        let linear = matches!(graph.nodes[bases[root]].op, Op::Linear(_));
        let near = made
            .iter()
            .copied()
            .filter(|&other| linear && bases[other] == bases[root]);
        let stops: Vec<ValueId> = near.collect();
        let (input, function) = match write(graph, &bases, root, &stops) {
            Some(found) => found,
            None => write(graph, &bases, root, &[]).unwrap_or((root, Function::rescale(1.0))),
        };
        maps.push((root, input, function));
        made.push(root);
    }
    for (root, input, function) in maps {
        graph.nodes[root].op = Op::Map {
            input,
            function: Arc::new(function),
        };
    }
    Ok(())
}

/// For each element-wise node the tensor that it is a function of; other nodes are their own base. Rewrites sums of
/// different tensors.
fn find_bases(graph: &mut Graph) -> Result<Vec<ValueId>, FieldError> {
    let mut bases: Vec<ValueId> = Vec::with_capacity(graph.nodes.len());
    for id in 0..graph.nodes.len() {
        let base = match graph.nodes[id].op {
            Op::Map { input, .. } => bases[input],
            Op::Combine { a, b, .. } if bases[a] == bases[b] => bases[a],
            Op::Combine {
                op: op @ (Binary::Add | Binary::Sub),
                a,
                b,
            } => {
                let sign = if op == Binary::Add { 1.0 } else { -1.0 };
                let terms = vec![
                    Term::Scale {
                        input: a,
                        factor: 1.0,
                    },
                    Term::Scale {
                        input: b,
                        factor: sign,
                    },
                ];
                graph.nodes[id].op = Op::Linear(Linear { terms, bias: None });
                id
            }
            Op::Combine { .. } => {
                let reason = "its operands are functions of two different tensors";
                let supported = "Add and Sub of two tensors; any element-wise operator on functions of one tensor";
                return Err(unsupported(graph, id, reason, supported));
            }
            _ => id,
        };
        bases.push(base);
    }
    Ok(bases)
}

/// Element-wise nodes that something else reads.
fn find_roots(graph: &Graph, bases: &[ValueId]) -> Vec<ValueId> {
    let is_elementwise = |id: ValueId| bases[id] != id;
    let mut is_root = vec![false; graph.nodes.len()];
    is_root[graph.output] = is_elementwise(graph.output);
    for (id, node) in graph.nodes.iter().enumerate() {
        if !is_elementwise(id) {
            for input in node.op.inputs() {
                is_root[input] |= is_elementwise(input);
            }
        }
    }
    (0..graph.nodes.len()).filter(|&id| is_root[id]).collect()
}

/// The function that computes `root` from one tensor: from one of `stops` if every path from the root meets it, from the
/// base if there are none. `None` if the paths end in different tensors.
fn write(
    graph: &Graph,
    bases: &[ValueId],
    root: ValueId,
    stops: &[ValueId],
) -> Option<(ValueId, Function)> {
    let mut steps = vec![Step::Argument];
    let mut argument = None;
    // Where the value of a node is among the steps.
    let mut places: HashMap<ValueId, usize> = HashMap::new();
    let mut pending = vec![root];
    while let Some(&id) = pending.last() {
        if places.contains_key(&id) {
            pending.pop();
            continue;
        }
        if bases[id] == id || stops.contains(&id) {
            if *argument.get_or_insert(id) != id {
                return None;
            }
            places.insert(id, 0);
            pending.pop();
            continue;
        }
        let missing: Vec<ValueId> = graph.nodes[id]
            .op
            .inputs()
            .into_iter()
            .filter(|read| !places.contains_key(read))
            .collect();
        if !missing.is_empty() {
            pending.extend(missing);
            continue;
        }
        pending.pop();
        match &graph.nodes[id].op {
            Op::Map { input, function } => {
                places.insert(id, function.append(&mut steps, places[input]));
            }
            Op::Combine { op, a, b } => {
                steps.push(Step::Binary(*op, places[a], places[b]));
                places.insert(id, steps.len() - 1);
            }
            _ => return None,
        }
    }
    let result = places[&root];
    if result + 1 != steps.len() {
        // The root is a map that does nothing; the result must be the last step.
        steps.push(Step::Constant(1.0));
        steps.push(Step::Binary(Binary::Mul, result, steps.len() - 1));
    }
    Some((argument?, Function::new(steps)))
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::graph::{evaluate::evaluate, function::Unary, Origin};
    use assay_circuit::Shape;

    fn start() -> (Graph, Origin) {
        let origin = Origin::default();
        let mut graph = Graph::new(Shape::new(3, 1, 1), origin.clone());
        let weights = vec![1.0, 0.0, 0.5, 0.0, -1.0, 0.0, 2.0, 0.0, 1.0];
        graph.gemm(0, Arc::new(weights), None, &origin);
        (graph, origin)
    }

    fn check(graph: &mut Graph, kinds: &[&str]) {
        let input = [0.5, -1.5, 2.0];
        let before = evaluate(graph, &input);
        super::super::run(graph).unwrap();
        let found: Vec<&str> = graph.nodes.iter().map(|node| node.op.name()).collect();
        assert_eq!(found, kinds);
        for (a, b) in before.iter().zip(evaluate(graph, &input)) {
            assert!((a - b).abs() < 1e-5);
        }
    }

    fn unary(graph: &mut Graph, input: ValueId, operation: Unary) -> ValueId {
        graph.map(
            input,
            Arc::new(Function::unary(operation)),
            &Origin::default(),
        )
    }

    #[test]
    fn make_one_table_of_a_subgraph() {
        let (mut graph, origin) = start();
        let square = graph.combine(Binary::Mul, 1, 1, &origin);
        let gate = unary(&mut graph, square, Unary::Sigmoid);
        let sum = graph.combine(Binary::Add, square, 1, &origin);
        graph.output = graph.combine(Binary::Mul, sum, gate, &origin);
        check(&mut graph, &["Input", "Gemm", "Table"]);
    }

    #[test]
    fn not_grow_exponentially() {
        let (mut graph, origin) = start();
        let mut last = unary(&mut graph, 1, Unary::Tanh);
        for _ in 0..64 {
            last = graph.combine(Binary::Mul, last, last, &origin);
        }
        graph.output = last;
        check(&mut graph, &["Input", "Gemm", "Table"]);
    }

    #[test]
    fn let_a_second_function_read_the_first() {
        let (mut graph, origin) = start();
        let relu = unary(
            &mut graph,
            1,
            Unary::Clip {
                low: 0.0,
                high: f64::INFINITY,
            },
        );
        let weights: Weights = Arc::new(vec![1.0; 9]);
        let next = graph.gemm(relu, weights, None, &origin);
        let tanh = unary(&mut graph, relu, Unary::Tanh);
        graph.output = graph.combine(Binary::Add, next, tanh, &origin);
        check(&mut graph, &["Input", "Gemm", "Table", "Table", "Sum"]);
        assert_eq!(graph.nodes[3].op.inputs(), [2]);
    }

    #[test]
    fn refuse_a_product_of_two_tensors() {
        let (mut graph, origin) = start();
        let relu = unary(
            &mut graph,
            1,
            Unary::Clip {
                low: 0.0,
                high: f64::INFINITY,
            },
        );
        graph.output = graph.combine(Binary::Mul, relu, 0, &origin);
        assert!(super::super::run(&mut graph).is_err());
    }

    use crate::graph::Weights;
}
