//! WebAssembly, by the interpreter `wasmi`, which is a part of this program: it is there wherever this is.

use std::io::{BufWriter, Read, Write};
use wasmi::{Engine, Instance, Module, Store};

use crate::error::Error;
use crate::outcomes::OUTCOME_BYTES;
use crate::runtimes::work::{Ran, Work};
use crate::targets::wasm::Layout;

pub(crate) fn run(work: &Work<'_>) -> Result<Ran, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::Runtime { program: "wasmi".into(), message: error.to_string() };
    let engine = Engine::default();
    let bytes = fs_err::read(work.folder.join(format!("{}.wasm", work.name)))?;
    let module = Module::new(&engine, bytes).map_err(|error| failed(&error))?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).map_err(|error| failed(&error))?;
    let score = instance.get_typed_func::<(), ()>(&store, "score").map_err(|error| failed(&error))?;
    let memory = instance.get_memory(&store, "memory").ok_or_else(|| failed(&"the module has no memory"))?;
    // What a loader makes of texts.
    let codes = work.plan.levels().zip(work.domain.texts()).map(|((_, _, kind), texts)| {
        texts.iter().map(|text| kind.code(text.as_deref()).to_le_bytes()).collect::<Vec<_>>()
    });
    let codes: Vec<Vec<[u8; 4]>> = codes.collect();
    let (n_numbers, result) = (work.points.n_numbers, Layout::of(work.plan).result as usize);
    let mut row = vec![0; 8 * n_numbers + 4 * codes.len()];
    let mut points = std::io::BufReader::with_capacity(1 << 20, fs_err::File::open(&work.points.path)?);
    let mut outcomes = BufWriter::with_capacity(1 << 20, fs_err::File::create(work.folder.join("outcomes.bin"))?);
    for _ in 0..work.domain.len() {
        points.read_exact(&mut row)?;
        for (cell, codes) in row[8 * n_numbers..].chunks_exact_mut(4).zip(&codes) {
            let place = cell.first_chunk().map_or(0, |place| u32::from_le_bytes(*place));
            cell.copy_from_slice(codes.get(place as usize).unwrap_or(&[0xff; 4]));
        }
        memory.write(&mut store, 0, &row).map_err(|error| failed(&error))?;
        score.call(&mut store, ()).map_err(|error| failed(&error))?;
        let outcome = memory.data(&store).get(result..result + OUTCOME_BYTES);
        outcomes.write_all(outcome.ok_or_else(|| failed(&"the outcome lies beyond the memory"))?)?;
    }
    outcomes.flush()?;
    Ok(Ran::Outcomes("outcomes.bin"))
}
