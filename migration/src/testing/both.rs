//! One test body, two tests.

/// Writes each `async fn name(db: TestDb) { … }` in it once and runs it on both backends, as `name::sqlite` and `name::postgres`.
///
/// The database is a fresh [`TestDb::new`](crate::testing::TestDb::new). `threads(2) async fn …` gives the test a runtime with
/// that many worker threads, for races. The calling crate needs `tokio` with `macros` and `rt-multi-thread`.
///
/// `both_backends!(name, …)` does the same for functions written outside of it, which `rustfmt` then reaches.
///
/// ```no_run
/// use migration::testing::TestDb;
///
/// migration::both_backends! {
///     /// One thread.
///     async fn simple(db: TestDb) {}
///
///     /// Four threads.
///     threads(4) async fn race(db: TestDb) {}
/// }
///
/// async fn formatted(db: TestDb) {}
/// migration::both_backends!(formatted);
/// ```
#[macro_export]
macro_rules! both_backends {
    ($($name:ident),+ $(,)?) => {
        $($crate::both_backends!(@tests $name []);)+
    };
    ($($(#[$attribute:meta])* $(threads($threads:literal))? async fn $name:ident($db:ident: $type:ty) $body:block)+) => {
        $(
            $(#[$attribute])*
            async fn $name($db: $type) $body

            $crate::both_backends!(@tests $name [$(flavor = "multi_thread", worker_threads = $threads)?]);
        )+
    };
    (@tests $name:ident [$($flavor:tt)*]) => {
        #[cfg(test)]
        mod $name {
            #[::tokio::test($($flavor)*)]
            async fn sqlite() {
                super::$name($crate::testing::TestDb::new($crate::testing::Backend::Sqlite).await).await;
            }

            #[::tokio::test($($flavor)*)]
            async fn postgres() {
                super::$name($crate::testing::TestDb::new($crate::testing::Backend::Postgres).await).await;
            }
        }
    };
}
