//! Why an artifact or what a model is made of is refused.

use alloc::string::String;

use crate::files::Artifact;

/// Everything that can be wrong with a model or its artifacts.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Shorter than its header: cut off, or another file altogether.
    #[error("`{artifact}` is cut off: {bytes} bytes are fewer than its header has")]
    TooShort {
        /// The artifact at fault.
        artifact: Artifact,
        /// How many bytes there are.
        bytes: usize,
    },
    /// The first bytes are not those of this kind of artifact.
    #[error("`{artifact}` is not an assist model file")]
    WrongMagic {
        /// The artifact at fault.
        artifact: Artifact,
    },
    /// Written by a newer version.
    #[error("`{artifact}` has format version {found}, but only versions up to {newest} can be read")]
    UnknownVersion {
        /// The artifact at fault.
        artifact: Artifact,
        /// The version in the file.
        found: u16,
        /// The newest format that can be read.
        newest: u16,
    },
    /// The checksum does not fit the bytes: altered or cut off.
    #[error("`{artifact}` is damaged: its checksum does not fit its contents")]
    Damaged {
        /// The artifact at fault.
        artifact: Artifact,
    },
    /// The two artifacts are whole, but of different fits.
    #[error("`logistic_model.postcard` and `model_features.postcard` come from two different fits")]
    NotAPair,
    /// Has a section that is not known and must not be passed over.
    #[error("`{artifact}` has an unknown section {tag} that must be understood; a newer version of assist is needed")]
    UnknownSection {
        /// The artifact at fault.
        artifact: Artifact,
        /// What the section calls itself.
        tag: u16,
    },
    /// The same section twice.
    #[error("the contents of `{artifact}` are inconsistent: section {tag} is there twice")]
    DuplicateSection {
        /// The artifact at fault.
        artifact: Artifact,
        /// What the section calls itself.
        tag: u16,
    },
    /// Without a section that every such file has.
    #[error("the contents of `{artifact}` are inconsistent: section {tag} is not there")]
    MissingSection {
        /// The artifact at fault.
        artifact: Artifact,
        /// What the section would call itself.
        tag: u16,
    },
    /// Whole by its checksum, and yet not decodable.
    #[error("`{artifact}` cannot be decoded")]
    Undecodable {
        /// The artifact at fault.
        artifact: Artifact,
    },
    /// Space and parameters do not fit each other, or hold what cannot be true.
    #[error("the model is inconsistent: {0}")]
    Inconsistent(Inconsistency),
    /// Serialisation failed, which plain data never does.
    #[error("the model cannot be encoded")]
    Unencodable,
}

/// How what a model is made of can be inconsistent, or hold what cannot be true.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Inconsistency {
    /// As many coefficients as features are needed.
    #[error("{coefficients} coefficients for {features} features")]
    CoefficientCount {
        /// Coefficients given.
        coefficients: usize,
        /// Features of the space.
        features: usize,
    },
    /// A coefficient or the intercept is NaN or infinite.
    #[error("a coefficient is not a finite number")]
    NotFinite,
    /// A threshold that is NaN. An infinite one is a threshold: then every decision is the same.
    #[error("the threshold is not a number")]
    Threshold,
    /// An inverse strength of the penalty that is negative, infinite or NaN.
    #[error("the inverse strength of the penalty is not a finite number from 0")]
    InverseStrength,
    /// A share of L1 in an elastic net that is none.
    #[error("the share of L1 is not between 0 and 1")]
    L1Ratio,
    /// A categorical column has no levels, unsorted or repeated ones, or a reference that is not one of them; or what stands for
    /// missing and for rare texts is no level, or one and the same.
    #[error("the levels of column `{0}` are not sorted and distinct with one of them as reference")]
    Levels(String),
    /// Two columns of one name.
    #[error("two columns are named `{0}`")]
    DuplicateColumn(String),
    /// Two features of one name, as a column `x` with a level `a_b` and a column `x_a` with a level `b` give.
    #[error("the feature `{0}` is there twice")]
    DuplicateFeature(String),
    /// A smallest number above the largest one.
    #[error("the smallest number of column `{0}` is above its largest one")]
    UpsideDown(String),
    /// Both classes have one label.
    #[error("both classes have the label `{0}`")]
    OneLabel(String),
    /// Rows of a class that weigh nothing together, or a weight that is not a positive finite number.
    #[error("what the rows of a class weigh together is not a positive number")]
    RowWeights,
    /// More observations than can be counted exactly.
    #[error("the model was fitted on more observations than can be counted")]
    ClassCounts,
    /// Figures of a fit that no fit has: a probability outside 0 to 1, a length that is negative, a figure that is not a number.
    #[error("{0} has a figure that cannot be one")]
    Figure(&'static str),
    /// A calibration that is not a rising curve of probabilities.
    #[error("the calibration is not a rising curve of probabilities")]
    Calibration,
    /// Class weights that are not positive and finite.
    #[error("the class weights are not positive numbers")]
    ClassWeights,
    /// A base rate that is not a share.
    #[error("the base rate is not between 0 and 1")]
    BaseRate,
    /// A negative or infinite standard error.
    #[error("a standard error is negative or infinite")]
    StandardErrors,
    /// As many standard errors as coefficients and an intercept are needed, where there are any.
    #[error("{errors} standard errors for {coefficients} coefficients and an intercept")]
    StandardErrorCount {
        /// Standard errors given.
        errors: usize,
        /// Coefficients, the intercept not counted.
        coefficients: usize,
    },
    /// A factor of variance inflation for each feature is needed, where there are any.
    #[error("{factors} factors of variance inflation for {features} features")]
    VarianceInflationCount {
        /// Factors given.
        factors: usize,
        /// Features of the space.
        features: usize,
    },
    /// A marginal effect for each feature is needed, where there are any.
    #[error("{effects} marginal effects for {features} features")]
    MarginalEffectCount {
        /// Effects given.
        effects: usize,
        /// Features of the space.
        features: usize,
    },
    /// The stored terms do not begin with those that the columns have of themselves.
    #[error("the terms of the model are not those of its columns")]
    OtherTerms,
    /// An additional term that cannot be one.
    #[error("additional term {place}: {fault}")]
    Term {
        /// Its place among the additional terms.
        place: usize,
        /// What is wrong with it.
        fault: TermFault,
    },
    /// A column whose numbers are said to be written as no number is.
    #[error("the numbers of column `{0}` are said to be written with marks that are none")]
    NumberStyle(String),
    /// A profile of training rows of other columns or terms, or one that no rows have.
    #[error("the profile of the training rows is not one of the model's columns and terms")]
    TrainingProfile,
    /// A range or a fill value that is not a number.
    #[error("the range of column `{0}` is not made of finite numbers")]
    Range(String),
}

/// What can be wrong with a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TermFault {
    /// There is no such column, or not of this kind.
    #[error("there is no column of this kind at its place")]
    NoSuchColumn,
    /// The column has no such level.
    #[error("its level is not one of its column's")]
    NoSuchLevel,
    /// The column is never missing.
    #[error("its column has no fill value, so its numbers are never missing")]
    NeverMissing,
    /// A centre, an end, a knot or a coefficient of a polynomial is NaN or infinite.
    #[error("it has a number that is not finite")]
    NotFinite,
    /// No end, or ends that are not ascending.
    #[error("its interval has no end, or ends that do not ascend")]
    EmptyInterval,
    /// No knots, or knots that do not ascend.
    #[error("its knots do not ascend, or there are none")]
    Knots,
    /// Not one piece more than knots.
    #[error("it has not one piece more than knots")]
    Pieces,
    /// Fewer than two factors.
    #[error("a product has two or more factors")]
    FewFactors,
    /// A factor is a product itself.
    #[error("a factor of a product is a product itself; its factors belong into the outer one")]
    NestedProduct,
}
