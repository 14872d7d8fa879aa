//! Laws of the design: its products are those of the dense matrix, and merging rows changes nothing.

mod products;
