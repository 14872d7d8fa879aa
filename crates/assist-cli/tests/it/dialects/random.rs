//! Random tables whose cells can be written in many ways, each of which means the same.
//!
//! Texts that look like numbers, dates, truth values or missing markers are left out: there the spelling is the meaning.

/// `SplitMix64`: a few lines, and the same tables everywhere.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high - low).expect("low below high");
        low + i64::try_from(self.below(span)).expect("below the span")
    }
}

/// The cells of a column, as they are meant.
#[derive(Debug)]
pub(super) enum Cells {
    /// Whole numbers.
    Whole(Vec<Option<i64>>),
    /// Numbers of two decimals, in hundredths.
    Hundredths(Vec<Option<i64>>),
    /// Truth values.
    Truth(Vec<bool>),
    /// Texts of a few levels.
    Text(Vec<Option<&'static str>>),
}

impl Cells {
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Whole(cells) | Self::Hundredths(cells) => cells.len(),
            Self::Truth(cells) => cells.len(),
            Self::Text(cells) => cells.len(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) cells: Cells,
}

/// A table whose last column is the target.
#[derive(Debug)]
pub(super) struct RandomTable {
    pub(super) columns: Vec<Column>,
}

pub(super) const TARGET: &str = "left early";

const LEVELS: &[&[&str]] = &[
    &["ash", "beech", "cedar"],
    &["Köln", "São Paulo", "Łódź", "東京"],
    &["rock, paper", "say \"cheese\"", "semi;colon", "plain"],
    &["Yes please", "No thanks"],
    &["a|b", "tab", "it's", "under_score", "x"],
    &["two\nlines", "one line", "three\nof\nthem"],
];

impl RandomTable {
    pub(super) fn new(random: &mut Random) -> Self {
        let rows = 80 + random.below(120);
        let positive: Vec<bool> = (0..rows).map(|_| random.chance(40)).collect();
        let mut columns = vec![whole("visits", &positive, random, 0), hundredths("spend", rows, random)];
        if random.chance(60) {
            columns.push(whole("rating", &positive, random, 10));
        }
        if random.chance(70) {
            let cells = (0..rows).map(|row| random.chance(if positive[row] { 70 } else { 30 })).collect();
            columns.push(Column { name: "member", cells: Cells::Truth(cells) });
        }
        for name in ["city", "a \"quoted\", name"] {
            if random.chance(60) {
                let levels = random.pick(LEVELS);
                let gaps = random.pick(&[0, 0, 12]);
                let cells = (0..rows).map(|_| if random.chance(gaps) { None } else { Some(random.pick(levels)) });
                columns.push(Column { name, cells: Cells::Text(cells.collect()) });
            }
        }
        columns.push(Column { name: TARGET, cells: label(&positive, random) });
        Self { columns }
    }

    pub(super) fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.rows())
    }
}

fn whole(name: &'static str, positive: &[bool], random: &mut Random, gaps: usize) -> Column {
    let cell = |positive: &bool, random: &mut Random| {
        let number = random.between(-5, 40) + i64::from(*positive) * 6;
        (!random.chance(gaps)).then_some(number)
    };
    Column { name, cells: Cells::Whole(positive.iter().map(|positive| cell(positive, random)).collect()) }
}

/// Large enough that thousands are grouped, and two decimals that tell the two marks apart.
fn hundredths(name: &'static str, rows: usize, random: &mut Random) -> Column {
    let gaps = random.pick(&[0, 8, 30]);
    let cells = (0..rows).map(|_| (!random.chance(gaps)).then(|| random.between(-50_000, 9_999_999)));
    Column { name, cells: Cells::Hundredths(cells.collect()) }
}

fn label(positive: &[bool], random: &mut Random) -> Cells {
    match random.below(3) {
        0 => Cells::Whole(positive.iter().map(|positive| Some(i64::from(*positive))).collect()),
        1 => Cells::Truth(positive.to_vec()),
        _ => Cells::Text(positive.iter().map(|positive| Some(if *positive { "leaves" } else { "stays" })).collect()),
    }
}
