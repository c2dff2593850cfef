//! Stand-in for `malachite-base`: only what `rustpython-common` names.

/// How a rounded result relates to the exact one.
pub mod rounding_modes {
    /// The one mode that is used: nearest, ties to even.
    #[derive(Clone, Copy, Debug)]
    pub enum RoundingMode {
        /// Nearest, ties to even.
        Nearest,
    }
}

/// Traits on numbers.
pub mod num {
    /// Conversions.
    pub mod conversion {
        /// Traits of conversions.
        pub mod traits {
            use crate::rounding_modes::RoundingMode;
            use core::cmp::Ordering;

            /// A conversion that may round.
            pub trait RoundingInto<T> {
                /// Returns the rounded value and how it compares with the exact one.
                fn rounding_into(self, mode: RoundingMode) -> (T, Ordering);
            }
        }
    }

    /// Primitive types.
    pub mod basic {
        /// Primitive floats.
        pub mod floats {
            /// What is asked of a float.
            pub trait PrimitiveFloat {
                /// Returns whether this is `-0.0`.
                fn is_negative_zero(self) -> bool;
            }

            impl PrimitiveFloat for f64 {
                fn is_negative_zero(self) -> bool {
                    self == 0.0 && self.is_sign_negative()
                }
            }
        }
    }
}
