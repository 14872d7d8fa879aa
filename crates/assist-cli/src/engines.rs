//! The engine that was asked for, started and put to work; a program that was built without engines says so.

#[cfg(feature = "distributed")]
mod built {
    use std::time::Duration;

    use assist_engine::{Engine, EnginePlace, EngineSettings, EngineTable, evaluate_on, predict_on, train_on};
    use assist_learn::{
        EngineWay, EvaluateSettings, Evaluation, Model, PredictSettings, PredictSummary, PredictionSink, Settings,
        Table, Trained, Watch,
    };

    use crate::args::{AggregateName, EngineName, EngineOptions};
    use crate::failure::Failure;

    fn start(options: &EngineOptions, table: Table) -> Result<(Engine, EngineTable), Failure> {
        let table = EngineTable::new(table)?;
        let place = match (options.engine, &options.scheduler) {
            (Some(EngineName::Ballista), Some(scheduler)) => {
                EnginePlace::Ballista(scheduler.parse().map_err(assist_engine::Error::from)?)
            }
            _ => EnginePlace::DataFusion,
        };
        Ok((
            Engine::start(
                place,
                options.deadline.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)),
            )?,
            table,
        ))
    }

    pub(crate) fn train(
        options: &EngineOptions,
        aggregate: Option<AggregateName>,
        table: Table,
        settings: &Settings,
        watch: Watch<'_>,
    ) -> Result<Trained, Failure> {
        let (engine, table) = start(options, table)?;
        let mut how = EngineSettings::default();
        how.way = aggregate.map(|name| match name {
            AggregateName::Counts => EngineWay::Counts,
            AggregateName::Sums => EngineWay::Sums,
        });
        Ok(train_on(&engine, &table, settings, how, watch)?)
    }

    pub(crate) fn evaluate(
        options: &EngineOptions,
        table: Table,
        model: &Model,
        settings: &EvaluateSettings,
        watch: Watch<'_>,
    ) -> Result<Evaluation, Failure> {
        let (engine, table) = start(options, table)?;
        Ok(evaluate_on(&engine, &table, model, settings, watch)?)
    }

    pub(crate) fn predict(
        options: &EngineOptions,
        table: Table,
        model: &Model,
        sink: PredictionSink<'_>,
        settings: &PredictSettings,
        watch: Watch<'_>,
    ) -> Result<PredictSummary, Failure> {
        let (engine, table) = start(options, table)?;
        Ok(predict_on(&engine, &table, model, sink, settings, watch)?)
    }
}

#[cfg(not(feature = "distributed"))]
mod built {
    use assist_engine::{EngineFault, Error};
    use assist_learn::{
        EvaluateSettings, Evaluation, Model, PredictSettings, PredictSummary, PredictionSink, Settings, Table, Trained,
        Watch,
    };

    use crate::args::{AggregateName, EngineOptions};
    use crate::failure::Failure;

    fn not_built<T>() -> Result<T, Failure> {
        Err(Error::from(EngineFault::NotBuilt).into())
    }

    pub(crate) fn train(
        _: &EngineOptions,
        _: Option<AggregateName>,
        _: Table,
        _: &Settings,
        _: Watch<'_>,
    ) -> Result<Trained, Failure> {
        not_built()
    }

    pub(crate) fn evaluate(
        _: &EngineOptions,
        _: Table,
        _: &Model,
        _: &EvaluateSettings,
        _: Watch<'_>,
    ) -> Result<Evaluation, Failure> {
        not_built()
    }

    pub(crate) fn predict(
        _: &EngineOptions,
        _: Table,
        _: &Model,
        _: PredictionSink<'_>,
        _: &PredictSettings,
        _: Watch<'_>,
    ) -> Result<PredictSummary, Failure> {
        not_built()
    }
}

pub(crate) use built::{evaluate, predict, train};
