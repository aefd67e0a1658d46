"""What may be named on the command line, known before anything slow is imported."""

AUTO = "auto"
LIBRARIES = (
    *("agentexec", "rq", "bullmq", "bull", "celery", "taskiq", "streaq", "streams"),
    *("saq", "arq", "dramatiq", "huey", "sidekiq", "asynq"),
)
"""The libraries that can be read."""
EVERY_S = 1.0
STARVED_S = 60.0
STARVED_ROUNDS = 20.0
GROWS_SHARE = 0.1
LOCK_S = 60.0
