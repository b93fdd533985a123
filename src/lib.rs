//! ONES Drop.
