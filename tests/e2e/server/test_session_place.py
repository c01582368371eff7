"""--geo-database: sessions have the city and country that a MaxMind DB file has for their address."""

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from sallyport_processes import PASSWORD, WEAK_HASHES, Pool, run


@pytest.fixture(name="database")
def geo_database(tmp_path):
    """A function that writes a database in which 127.0.0.0/8 has `record`."""
    def write(record, network="127.0.0.0/8"):
        writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="GeoLite2-City")
        writer.insert_network(IPSet([network]), record)
        path = tmp_path / "city.mmdb"
        writer.to_db_file(str(path))
        return path
    return write


def places(start, path):
    server = start.server(*WEAK_HASHES, "--geo-database", str(path))
    pool = Pool(server.client())
    pool.api.set_user_pool_session_configuration(
        UserPoolId=pool.id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 5})
    pool.make_user("alice")
    pool.sign_in("alice", PASSWORD)
    sessions = pool.api.admin_list_user_sessions(UserPoolId=pool.id, Username="alice")["Sessions"]
    return [session["LastLocation"] for session in sessions]


def test_a_session_tells_city_and_country_of_its_address(start, database):
    path = database({"city": {"names": {"en": "Zürich", "de": "Zürich"}},
                     "country": {"iso_code": "CH", "names": {"en": "Switzerland", "de": "Schweiz"}}})
    assert places(start, path) == [{"City": "Zürich", "Country": "Switzerland"}]


def test_an_address_that_the_file_does_not_have_is_of_an_unknown_country(start, database):
    path = database({"country": {"names": {"en": "Switzerland"}}}, network="192.0.2.0/24")
    assert places(start, path) == [{"Country": "unknown"}]


def test_a_file_that_is_no_database_keeps_the_server_from_starting(tmp_path):
    path = tmp_path / "city.mmdb"
    path.write_bytes(b"not a database")
    served = run("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--feed-listen", "127.0.0.1:0", "--geo-database", path)
    assert served.returncode != 0
    assert f'geo-database "{path}"' in served.stderr
