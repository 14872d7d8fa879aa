//! Tables with a known law, read, split and coded as the program does.

use assist_audit::{Audit, CodedRows, ComparisonSettings, ComparisonWithScores, Profile, audit, compare, profile};
use assist_data::{SchemaFile, Table, sklearn_test_rows};
use assist_features::{Design, Encoded, LabelScan, MissingPolicy};
use assist_model::{Fit, LogisticRegression};
use assist_score::{ClassWeight, FeatureSpace, Penalty};
use rand_mt::Mt64;

/// Numbers that are the same each time.
pub(crate) struct Random(Mt64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mt64::new(seed))
    }

    /// One of the numbers below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0.next_u64() % n
    }

    /// Between 0 and 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A user of the made-up tables.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) errors: u64,
    pub(crate) time: u64,
    pub(crate) wait: f64,
    pub(crate) device: &'static str,
    pub(crate) age: &'static str,
}

/// `n` users, all columns independent.
pub(crate) fn users(n: usize, seed: u64) -> Vec<User> {
    let mut random = Random::new(seed);
    let user = |random: &mut Random| User {
        errors: random.below(5),
        time: 5 + random.below(115),
        wait: (random.share() * 1e6).round() / 1e4,
        device: ["Phone", "Tablet", "Watch"][usize::try_from(random.below(3)).expect("small")],
        age: ["18-30", "30-45", "45-60", "60+"][usize::try_from(random.below(4)).expect("small")],
    };
    (0..n).map(|_| user(&mut random)).collect()
}

/// The table of some users with their labels.
pub(crate) fn csv(users: &[User], label: impl FnMut(&User) -> bool) -> String {
    let mut text = "errors,time,wait,device,age,help\n".to_owned();
    let labels: Vec<bool> = users.iter().map(label).collect();
    for (user, label) in users.iter().zip(labels) {
        let User { errors, time, wait, device, age } = user;
        text.push_str(&format!("{errors},{time},{wait},{device},{age},{}\n", u8::from(label)));
    }
    text
}

/// The header of a table with so many numbered columns and the label.
pub(crate) fn numbered_header(n: usize) -> String {
    let names: Vec<String> = (0..n).map(|column| format!("c{column},")).collect();
    format!("{}help\n", names.concat())
}

/// A table, split and coded.
pub(crate) struct Coded {
    pub(crate) space: FeatureSpace,
    pub(crate) train: Design,
    pub(crate) test: Design,
    pub(crate) rows: CodedRows,
}

impl Coded {
    pub(crate) fn of(text: &str) -> Self {
        let table = Table::from_csv_text("users.csv", text).expect("a table");
        let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() };
        let schema = schema.resolve(&table, false).expect("roles");
        let observations = LabelScan::read(&table, &schema, MissingPolicy::Level, None).expect("labels");
        let test_rows = sklearn_test_rows(observations.label_counts(), 0.2, 42).expect("a split");
        let [train, test] = observations.encode(&test_rows).expect("rows");
        let space = Encoded::learn_joint_space(&[&train, &test]).expect("a space");
        let (train, test) = (train.design(&space).design, test.design(&space).design);
        let rows = CodedRows::new(&space, &train, &test);
        Self { space, train, test, rows }
    }

    pub(crate) fn audit(&self) -> Audit {
        audit(&self.rows, &self.train, &self.test).expect("an audit")
    }

    pub(crate) fn profile(&self) -> Profile {
        profile(&self.space, &self.rows)
    }

    pub(crate) fn fit(&self, penalty: Penalty) -> Fit {
        let settings = LogisticRegression::default().with_penalty(penalty);
        let settings = if penalty == Penalty::None { settings.with_class_weight(ClassWeight::None) } else { settings };
        settings.fit(&self.train).expect("a fit")
    }

    pub(crate) fn compare(&self, fit: &Fit) -> ComparisonWithScores {
        let settings = ComparisonSettings::default().with_trees(15);
        compare(&fit.model, &[], &self.space, &self.rows, [&self.train, &self.test], &[], settings)
            .expect("a comparison")
    }
}
