"""Parts of StreamExecutionEnvironment, one concern a file."""
