//! The products of the design, the fused evaluation, whole fits, and the label audit.
#![allow(missing_docs, reason = "criterion's macro makes a public item")]

use assist_audit::{CodedRows, audit};
use assist_benches::{Fixture, design, open};
use assist_data::TestRows;
use assist_features::{LabelScan, MissingPolicy};
use assist_model::{LogisticRegression, Objective, Solver};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn kernels(criterion: &mut Criterion) {
    let built = design(&Fixture::new(100_000).file("parquet"));
    let design = built.design;
    let mut group = criterion.benchmark_group("kernel");
    group.throughput(Throughput::Elements(design.n_rows() as u64)).sample_size(30);
    let parameters = vec![0.01; design.n_features() + 1];
    let residual = vec![0.5; design.n_rows()];
    group.bench_function("matvec", |bencher| bencher.iter(|| design.matvec(&parameters)));
    group.bench_function("transpose_matvec", |bencher| bencher.iter(|| design.transpose_matvec(&residual)));
    group.bench_function("sandwich", |bencher| bencher.iter(|| design.sandwich(&residual)));
    let objective = Objective::new(&design, [1.5, 0.75], 1.0, true);
    group.bench_function("loss_and_gradient", |bencher| bencher.iter(|| objective.evaluate(&parameters)));
    group.bench_function("loss_gradient_hessian", |bencher| {
        bencher.iter(|| objective.evaluate_with_hessian(&parameters));
    });
    group.finish();
}

fn fits(criterion: &mut Criterion) {
    let built = design(&Fixture::new(14_000).file("parquet"));
    let mut group = criterion.benchmark_group("fit_14000_rows");
    group.sample_size(20);
    for (name, solver) in [("lbfgs", Solver::Lbfgs), ("newton", Solver::Newton)] {
        let settings = LogisticRegression::default().with_solver(solver);
        group.bench_function(name, |bencher| {
            bencher.iter(|| settings.fit(&built.design).expect("fitted"));
        });
    }
    group.finish();
}

/// The label audit of noise, which has to try every rule, on all rows as training rows.
fn audits(criterion: &mut Criterion) {
    let fixture = Fixture::new(14_000);
    let path = fixture.file("parquet");
    let built = design(&path);
    let (table, schema) = open(&path);
    let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None).expect("two classes");
    let [_, none] = observations.encode(&TestRows::None).expect("usable");
    let none = none.design(built.design.space()).design;
    let rows = CodedRows::new(built.design.space(), &built.design, &none);
    let mut group = criterion.benchmark_group("audit_14000_rows");
    group.sample_size(10);
    group.bench_function("noise", |bencher| {
        bencher.iter(|| audit(&rows, &built.design, &none).expect("an audit"));
    });
    group.finish();
}

criterion_group!(benches, kernels, fits, audits);
criterion_main!(benches);
