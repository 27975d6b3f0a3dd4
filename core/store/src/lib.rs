//! Objects: the `ObjectStore` trait, its back ends, and the S3 wire they are served over.
