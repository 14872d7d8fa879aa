//! What the simulations share: figures of a model over a whole law, and a test of a uniform distribution.

/// Accuracy and area under the ROC curve of scores, each with the probabilities of a row of class 0 and of class 1 that has it.
pub fn true_figures(scored: &[(f64, [f64; 2])]) -> [f64; 2] {
    let accuracy = scored.iter().map(|(z, [q, p])| if *z > 0.0 { p } else { q }).sum();
    let [all_0, all_1] = [0, 1].map(|class| scored.iter().map(|(_, shares)| shares[class]).sum::<f64>());
    let mut won = 0.0;
    for (z1, [_, p]) in scored {
        for (z0, [q, _]) in scored {
            won += p * q * (f64::from(u8::from(z1 > z0)) + f64::from(u8::from(z1 == z0)) / 2.0);
        }
    }
    [accuracy, won / (all_0 * all_1)]
}

/// Kolmogorov's test of a uniform distribution: the largest distance, and the probability of one as large, by the asymptotic
/// series with Stephens' correction (1970).
pub fn kolmogorov(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let distance = values
        .iter()
        .enumerate()
        .fold(0.0_f64, |most, (i, value)| most.max((i + 1) as f64 / n - value).max(value - i as f64 / n));
    let lambda = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * distance;
    let term = |k: i32| f64::from(1 - 2 * ((k + 1) % 2)) * (-2.0 * f64::from(k * k) * lambda * lambda).exp();
    [distance, (2.0 * (1..=100).map(term).sum::<f64>()).clamp(0.0, 1.0)]
}
