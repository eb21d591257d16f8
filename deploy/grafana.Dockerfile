# Grafana with its ClickHouse data source unzipped in the image: a city's intranet reaches no plugin catalogue.
# Outside the volume /var/lib/grafana, which would hide it. Build it where there is internet, carry it by `docker save`.
FROM grafana/grafana:13.2.5
ENV GF_PATHS_PLUGINS=/opt/grafana/plugins GF_PLUGINS_PREINSTALL_DISABLED=true
USER root
RUN mkdir -p /opt/grafana/plugins && \
    grafana cli --pluginsDir /opt/grafana/plugins plugins install grafana-clickhouse-datasource 4.20.0 && \
    chown -R 472:0 /opt/grafana
USER 472:0
