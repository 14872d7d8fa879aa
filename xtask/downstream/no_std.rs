//! A program without the standard library, as for a device: a saved model is read and scores a user with an allocator and an entry alone.
#![no_std]
#![no_main]

extern crate alloc;

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;

use assist_score::{Model, Value};

const MODEL: &[u8] = include_bytes!("../../crates/assist-score/tests/artifacts/v3_model.bin");
const FEATURES: &[u8] = include_bytes!("../../crates/assist-score/tests/artifacts/v3_features.bin");

#[link(name = "c")]
unsafe extern "C" {
    fn malloc(size: usize) -> *mut u8;
    fn free(pointer: *mut u8);
    fn abort() -> !;
}

/// The allocator of C, whose pieces are aligned to 16 bytes: nothing here asks for more.
struct Heap;

unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { malloc(layout.size()) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, _: Layout) {
        unsafe { free(pointer) }
    }
}

#[global_allocator]
static HEAP: Heap = Heap;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe { abort() }
}

// The `alloc` that comes with a host's toolchain refers to what unwinds. Nothing unwinds here.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    unsafe { abort() }
}

#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// 0 where the user is scored, and a value that the model does not know is not.
#[unsafe(no_mangle)]
pub extern "C" fn main(_: i32, _: *const *const u8) -> i32 {
    let Ok(model) = Model::decode(MODEL, FEATURES) else { return 1 };
    let user = |device| {
        [
            ("device", Value::Text(device)),
            ("score", Value::Number(2.5)),
            ("time", Value::Number(30.0)),
            ("errors", Value::Number(3.0)),
        ]
    };
    match (model.score_named(user("Phone")), model.score_named(user("Abacus"))) {
        (Ok(scored), Err(_)) if scored.probability > 0.0 && scored.probability < 1.0 => 0,
        _ => 2,
    }
}
