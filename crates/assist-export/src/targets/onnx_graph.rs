//! A graph of ONNX under way: every operation is a node with a new name, and the graph is the list of them.

use crate::targets::protobuf::Message;

/// What the numbers of a graph are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Float32,
    Int64,
    Text,
    Float64,
}

impl Element {
    fn code(self) -> i64 {
        match self {
            Self::Float32 => 1,
            Self::Int64 => 7,
            Self::Text => 8,
            Self::Float64 => 11,
        }
    }
}

/// The name of a value.
pub(crate) type Name = String;

/// Nodes and constants.
#[derive(Debug)]
pub(crate) struct Graph {
    /// What floats are in it.
    float: Element,
    n_names: usize,
    nodes: Vec<Message>,
    constants: Vec<Message>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
}

impl Graph {
    pub(crate) fn new(float: Element) -> Self {
        Self { float, n_names: 0, nodes: vec![], constants: vec![], inputs: vec![], outputs: vec![] }
    }

    fn name(&mut self) -> Name {
        self.n_names += 1;
        format!("v{}", self.n_names)
    }

    /// A node; attributes are messages of their own.
    fn node(&mut self, operator: &str, operands: &[&Name], output: &str, domain: &str, attributes: Vec<Message>) {
        let mut node = Message::new();
        for operand in operands {
            node = node.bytes(1, operand.as_str());
        }
        node = node.bytes(2, output).bytes(3, format!("node_{output}")).bytes(4, operator);
        for attribute in attributes {
            node = node.message(5, attribute);
        }
        if !domain.is_empty() {
            node = node.bytes(7, domain);
        }
        self.nodes.push(node);
    }

    pub(crate) fn apply(&mut self, operator: &str, operands: &[&Name]) -> Name {
        let name = self.name();
        self.node(operator, operands, &name, "", vec![]);
        name
    }

    fn cast(&mut self, of: &Name, element: Element) -> Name {
        let name = self.name();
        self.node("Cast", &[of], &name, "", vec![whole_attribute("to", element.code())]);
        name
    }

    /// 1 or 0 of a truth value.
    pub(crate) fn indicator(&mut self, of: &Name) -> Name {
        let element = self.float;
        self.cast(of, element)
    }

    pub(crate) fn select(&mut self, condition: &Name, yes: &Name, no: &Name) -> Name {
        self.apply("Where", &[condition, yes, no])
    }

    fn constant(&mut self, element: Element, dimensions: &[usize], bytes: &[u8]) -> Name {
        let name = self.name();
        let mut tensor = Message::new();
        for dimension in dimensions {
            tensor = tensor.whole(1, i64::try_from(*dimension).unwrap_or(i64::MAX));
        }
        self.constants.push(tensor.whole(2, element.code()).bytes(8, &name).bytes(9, bytes));
        name
    }

    fn floats(&mut self, dimensions: &[usize], numbers: &[f64]) -> Name {
        let element = self.float;
        #[expect(clippy::cast_possible_truncation, reason = "a graph of 32-bit floats has no others")]
        let bytes: Vec<u8> = if element == Element::Float32 {
            numbers.iter().flat_map(|number| (*number as f32).to_le_bytes()).collect()
        } else {
            numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
        };
        self.constant(element, dimensions, &bytes)
    }

    pub(crate) fn number(&mut self, number: f64) -> Name {
        self.floats(&[1], &[number])
    }

    pub(crate) fn table(&mut self, numbers: &[f64]) -> Name {
        self.floats(&[numbers.len()], numbers)
    }

    pub(crate) fn whole(&mut self, number: i64) -> Name {
        self.constant(Element::Int64, &[1], &number.to_le_bytes())
    }

    pub(crate) fn at(&mut self, table: &Name, place: &Name) -> Name {
        self.apply("Gather", &[table, place])
    }

    /// How many of the edges a comparison holds for, `operator` being `Greater` or `GreaterOrEqual`.
    pub(crate) fn count(&mut self, x: &Name, operator: &str, edges: &[f64]) -> Name {
        let edges = self.floats(&[1, edges.len()], edges);
        let axis = self.whole(1);
        let column = self.apply("Unsqueeze", &[x, &axis]);
        let holds = self.apply(operator, &[&column, &edges]);
        let holds = self.cast(&holds, Element::Int64);
        let name = self.name();
        self.node("ReduceSum", &[&holds, &axis], &name, "", vec![whole_attribute("keepdims", 0)]);
        name
    }

    /// The codes of texts; `default` for all that are not listed.
    pub(crate) fn codes(&mut self, of: &Name, entries: &[(String, i64)], default: i64) -> Name {
        let mut keys = Message::new().bytes(1, "keys_strings").whole(20, 8);
        let mut values = Message::new().bytes(1, "values_int64s").whole(20, 7);
        for (key, value) in entries {
            keys = keys.bytes(9, key.as_bytes());
            values = values.whole(8, *value);
        }
        let name = self.name();
        let attributes = vec![keys, values, whole_attribute("default_int64", default)];
        self.node("LabelEncoder", &[of], &name, "ai.onnx.ml", attributes);
        name
    }

    pub(crate) fn input(&mut self, name: &str, element: Element) -> Name {
        self.inputs.push(value(name, element));
        name.to_owned()
    }

    pub(crate) fn output(&mut self, of: &Name, name: &str, element: Element) {
        self.node("Identity", &[of], name, "", vec![]);
        self.outputs.push(value(name, element));
    }

    pub(crate) fn finish(self, id: &str) -> Vec<u8> {
        let mut graph = Message::new();
        for node in self.nodes {
            graph = graph.message(1, node);
        }
        graph = graph.bytes(2, "assist_model");
        for (field, messages) in [(5, self.constants), (11, self.inputs), (12, self.outputs)] {
            for message in messages {
                graph = graph.message(field, message);
            }
        }
        let opset = |domain: &str, version: i64| Message::new().bytes(1, domain).whole(2, version);
        let note = Message::new().bytes(1, "assist_model_id").bytes(2, id);
        let model = Message::new().whole(1, 8).bytes(2, "assist").message(7, graph);
        model.message(8, opset("", 16)).message(8, opset("ai.onnx.ml", 2)).message(14, note).finish()
    }
}

fn whole_attribute(name: &str, number: i64) -> Message {
    Message::new().bytes(1, name).whole(3, number).whole(20, 2)
}

/// A value with one number, text or code for each row.
fn value(name: &str, element: Element) -> Message {
    let dimension = Message::new().bytes(2, "rows");
    let shape = Message::new().message(1, dimension);
    let tensor = Message::new().whole(1, element.code()).message(2, shape);
    Message::new().bytes(1, name).message(2, Message::new().message(1, tensor))
}
