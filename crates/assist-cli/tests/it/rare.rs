//! `--rare`: what is pooled is said, unknown levels are scored, and columns of many levels are told of it.

use crate::run::Sandbox;

/// Two frequent cities, and eighty that a few rows have.
fn table() -> String {
    let mut text = "wait,city,help\n".to_owned();
    for row in 0..600 {
        let city = match row % 4 {
            0 | 1 => "Rome".to_owned(),
            2 => "Oslo".to_owned(),
            _ => format!("town {}", row / 4 % 80),
        };
        text.push_str(&format!("{},{city},{}\n", row % 7, u8::from(row % 7 + row % 3 > 4)));
    }
    text
}

#[test]
fn rare_levels_are_one_and_unknown_ones_are_scored() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", table());
    let advised = sandbox.run(&["train", "--data", "t.csv", "--target", "help", "--rare", "1"]);
    assert_eq!(advised.status, 0, "{}", advised.stderr);
    assert!(advised.stderr.contains("column `city` has 78 levels for 480 training rows"), "{}", advised.stderr);
    assert!(advised.stderr.contains("`--rare 20`"), "{}", advised.stderr);

    // As it is advised, to the letter.
    let arguments = ["train", "--data", "t.csv", "--target", "help", "--rare", "20"];
    let pooled = sandbox.run(&arguments);
    assert_eq!(pooled.status, 0, "{}", pooled.stderr);
    assert!(!pooled.stderr.contains("--rare"), "{}", pooled.stderr);
    assert!(pooled.stdout.contains("76 rare levels of `city` in "), "{}", pooled.stdout);
    let predict = |city: &str| sandbox.run(&["predict", "--json", "--set", "wait=3", "--set", city]).json();
    let [unknown, rare, frequent] = ["city=Atlantis", "city=town 7", "city=Oslo"].map(predict);
    assert_eq!(unknown["outcome"], "scored");
    assert_eq!(unknown["score"], rare["score"]);
    assert_ne!(unknown["score"], frequent["score"]);

    // Asked for, too; but what differs from a level in case alone is asked for again.
    let asked = sandbox.run_with_input(&["predict", "--json"], b"3\nrome\nAtlantis\n");
    assert!(asked.stderr.contains("did you mean `Rome`?"), "{}", asked.stderr);
    assert_eq!(asked.json()["score"], unknown["score"]);

    let report = sandbox.run(&[&arguments[..], &["--json"]].concat()).json();
    assert_eq!(report["data"]["rare"], 20);
    assert_eq!(report["data"]["pooled"][0]["column"], "city");
    assert_eq!(report["data"]["pooled"][0]["levels"], 76);
    assert!(!report.to_string().contains("town"), "rare levels are not named");
    // An unknown city among the rows to evaluate on is no error either.
    sandbox.write("other.csv", "wait,city,help\n3,Atlantis,0\n1,Rome,1\n");
    let evaluation = sandbox.run(&["evaluate", "--json", "--data", "other.csv"]).json();
    assert_eq!(evaluation["rows"], 2, "{evaluation}");
}

#[test]
fn levels_without_a_row_cannot_be_asked_for() {
    let run = Sandbox::new().run(&["train", "--data", "data/assistance.csv", "--rare", "0"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("0 is not in 1.."), "{}", run.stderr);
}
