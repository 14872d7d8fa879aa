//! A crash leaves the old pair or the new pair; what was tampered with is refused.

use std::time::Duration;

use crate::run::{PREDICT, Sandbox};

const TRAIN: [&str; 5] = ["train", "--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"];

#[test]
fn a_killed_training_leaves_the_old_or_the_new_model() {
    let sandbox = Sandbox::trained();
    let old = sandbox.run(&PREDICT).stdout;
    let other: Vec<&str> = TRAIN.iter().copied().chain(["--c", "0.001", "--quiet"]).collect();
    let started = std::time::Instant::now();
    assert_eq!(sandbox.run(&other).status, 0);
    let whole = started.elapsed();
    let new = sandbox.run(&PREDICT).stdout;
    assert_ne!(old, new);
    for part in 0..20_u32 {
        assert_eq!(sandbox.run(&TRAIN).status, 0);
        let mut child = sandbox.command(&other).spawn().expect("started");
        // Most of the kills fall into the last part of the run, where files are written.
        std::thread::sleep(whole * (30 + 4 * part) / 100 + Duration::from_micros(u64::from(part) * 137));
        let _ = child.kill();
        let _ = child.wait();
        let run = sandbox.run(&PREDICT);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(run.stdout == old || run.stdout == new, "a mixture:\n{}", run.stdout);
    }
}

#[test]
fn two_trainings_at_once_leave_one_of_both_and_readers_see_no_mixture() {
    let sandbox = Sandbox::trained();
    let with = |c: &'static str| TRAIN.iter().copied().chain(["--c", c, "--quiet"]).collect::<Vec<_>>();
    let mut expected = Vec::new();
    for c in ["0.001", "0.1"] {
        assert_eq!(sandbox.run(&with(c)).status, 0);
        expected.push(sandbox.run(&PREDICT).stdout);
    }
    for _ in 0..5 {
        let mut children = ["0.001", "0.1"].map(|c| sandbox.command(&with(c)).spawn().expect("started"));
        // Whoever reads meanwhile gets one of the two models, whole.
        while children.iter_mut().any(|child| child.try_wait().expect("a state").is_none()) {
            let run = sandbox.run(&PREDICT);
            assert!(run.status == 0 && expected.contains(&run.stdout), "{}", run.transcript());
        }
        for mut child in children {
            assert!(child.wait().expect("ended").success());
        }
        assert!(expected.contains(&sandbox.run(&PREDICT).stdout));
    }
}

#[test]
fn artifacts_that_were_tampered_with_are_refused() {
    let sandbox = Sandbox::trained();
    for (name, bytes) in ["logistic_model.postcard", "model_features.postcard"].into_iter().zip(sandbox.artifacts()) {
        let path = format!("artifacts/{name}");
        let mut damaged: Vec<Vec<u8>> = vec![Vec::new(), bytes[..40].to_vec(), bytes[..bytes.len() - 1].to_vec()];
        damaged.push([bytes.as_slice(), b"x"].concat());
        for at in [0, 8, 12, 50, bytes.len() / 2, bytes.len() - 1] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 4;
            damaged.push(flipped);
        }
        for damage in damaged {
            sandbox.write(&path, &damage);
            let run = sandbox.run(&PREDICT);
            assert_eq!((run.status, run.stdout.as_str()), (1, ""), "{}", run.transcript());
            assert!(run.stderr.contains(name) && run.stderr.contains("hint: train again"), "{}", run.stderr);
        }
        sandbox.write(&path, &bytes);
        assert_eq!(sandbox.run(&PREDICT).status, 0);
    }
}
