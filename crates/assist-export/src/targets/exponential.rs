//! The numbers of the two exponential functions, which every language spells in its own way and none may have otherwise.
//!
//! The first is `assist_score::exp_of_negative`; the second is libm's as FreeBSD has it (`e_exp.c`), which calibrations use.

/// 1 / ln 2.
pub(crate) const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// The leading bits of ln 2, of which any multiple that occurs is exact; and the rest of it.
pub(crate) const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
pub(crate) const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// 1.5 times 2^52: what is added to it and taken away again is rounded to a whole number.
pub(crate) const ROUND: f64 = 6_755_399_441_055_744.0;
/// Below it the first function is 0.
pub(crate) const LEAST: f64 = -708.0;
/// Below it the second function is 0.
pub(crate) const SMALLEST: f64 = -745.133_219_101_941_1;
/// From here to 0 nothing is taken from a number: minus ln 2 / 2, as far as its upper 32 bits tell.
pub(crate) const HALF_LN2: f64 = f64::from_bits(0xbfd6_2e43_0000_0000);
/// Up to here more than one ln 2 is: minus 3 ln 2 / 2 in the same way.
pub(crate) const THREE_HALVES_LN2: f64 = f64::from_bits(0xbff0_a2b2_0000_0000);
/// Above it the exponential is one more than the number: minus 2^-28 and a little.
pub(crate) const TINY: f64 = f64::from_bits(0xbe30_0001_0000_0000);
/// A polynomial in the square of a number, from the first power on.
pub(crate) const POLYNOMIAL: [f64; 5] = [
    f64::from_bits(0x3fc5_5555_5555_553e),
    f64::from_bits(0xbf66_c16c_16be_bd93),
    f64::from_bits(0x3f11_566a_af25_de2c),
    f64::from_bits(0xbebb_bd41_c5d2_6bf1),
    f64::from_bits(0x3e66_3769_72be_a4d0),
];

/// Source with the numbers in the places of their names, which are written `{LN2_HIGH}`, and `{P1}` to `{P5}` for the polynomial.
pub(crate) fn spelled(source: &str, spell: fn(f64) -> String) -> String {
    let names = [
        ("LOG2_E", LOG2_E),
        ("LN2_HIGH", LN2_HIGH),
        ("LN2_LOW", LN2_LOW),
        ("ROUND", ROUND),
        ("LEAST", LEAST),
        ("SMALLEST", SMALLEST),
        ("THREE_HALVES_LN2", THREE_HALVES_LN2),
        ("HALF_LN2", HALF_LN2),
        ("TINY", TINY),
    ];
    let powers = ["P1", "P2", "P3", "P4", "P5"].into_iter().zip(POLYNOMIAL);
    let all = names.into_iter().chain(powers);
    all.fold(source.to_owned(), |source, (name, number)| source.replace(&format!("{{{name}}}"), &spell(number)))
}
