# Checks the rules of ARCHITECTURE.md, "The folders": a folder may include itself and the folders that are listed behind it.
# Each other include is tried here, and must not compile.
set(shared client/failure,client/terminal,client/command_line)  # used by every command
set(walls
  "posix:"
  "text:"
  "protocol:text"
  "config:posix,text,protocol"
  "session:posix,protocol"
  "acceptor:posix,protocol,session"
  "log:posix,text,protocol,config"
  "manager/supervisor:posix,text,protocol,config,log"
  "manager/systemd:posix,text,protocol,config"
  "manager:posix,text,protocol,config,log,manager/supervisor,manager/systemd"
  "client/failure:text"
  "client/terminal:posix,text,client/failure"
  "client/command_line:posix,text,client/failure,client/terminal"
  "client/connection:posix,text,protocol,client/failure,client/command_line"
  "client/exchange:text,protocol,client/failure,client/command_line"
  "client/file:posix,text,client/failure,client/terminal"
  "client/measure:text"
  "client/report:text,client/measure"
  "client/talk:posix,text,protocol,${shared},client/connection,client/exchange"
  "client/ping:posix,text,protocol,${shared},client/connection,client/exchange,client/measure"
  "client/bench:posix,text,protocol,${shared},client/connection,client/exchange,client/file,client/measure,client/report"
  "client/echo:posix,text,protocol,${shared},client/connection,client/exchange,client/file,client/measure"
  "client/fetch:posix,text,protocol,${shared},client/connection,client/file,client/measure")
# For each folder, one of its headers.
set(header_of_posix posix/descriptor.hpp)
set(header_of_text text/timestamp.hpp)
set(header_of_protocol protocol/event.hpp)
set(header_of_config config/load.hpp)
set(header_of_session session/session.hpp)
set(header_of_acceptor acceptor/acceptor.hpp)
set(header_of_log log/log.hpp)
set(header_of_manager_supervisor manager/supervisor/supervisor.hpp)
set(header_of_manager_systemd manager/systemd/notifier.hpp)
set(header_of_manager manager/manager.hpp)
set(header_of_client_failure client/failure.hpp)
set(header_of_client_command_line client/command_line.hpp)
set(header_of_client_connection client/connection/connection.hpp)
set(header_of_client_exchange client/exchange/service.hpp)
set(header_of_client_terminal client/terminal/output.hpp)
set(header_of_client_file client/file/target_file.hpp)
set(header_of_client_measure client/measure/latency_histogram.hpp)
set(header_of_client_report client/report/page.hpp)
set(header_of_client_talk client/talk/talk.hpp)
set(header_of_client_ping client/ping/ping.hpp)
set(header_of_client_bench client/bench/bench.hpp)
set(header_of_client_echo client/echo/echo.hpp)
set(header_of_client_fetch client/fetch/fetch.hpp)

# yodel_try_include(FOLDER HEADER EXPECTED) tests whether FOLDER can include HEADER, as it must if EXPECTED is true, and must
# not otherwise.
function(yodel_try_include folder header expected)
  string(REGEX REPLACE "[/.]" "_" id "${folder}_${header}")
  string(REPLACE "/" "_" library "yodel_${folder}")
  set(source ${CMAKE_CURRENT_BINARY_DIR}/layering/${id}.cpp)
  file(WRITE ${source} "#include \"${header}\"\n")
  # Only the header itself must be found, not the headers that it includes.
  add_test(NAME unit.layering.${id}
    COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -E
            "-I$<JOIN:$<TARGET_PROPERTY:${library},INCLUDE_DIRECTORIES>,;-I>" ${source} -o /dev/null
    COMMAND_EXPAND_LISTS)
  set_tests_properties(unit.layering.${id} PROPERTIES LABELS unit)
  if(NOT expected)
    set_tests_properties(unit.layering.${id} PROPERTIES
      PASS_REGULAR_EXPRESSION "${header}: No such file|'${header}' file not found")
  endif()
endfunction()

set(passed "")
foreach(wall IN LISTS walls)
  string(REGEX MATCH "^([^:]*):(.*)$" matched ${wall})
  set(folder ${CMAKE_MATCH_1})
  string(REPLACE "," ";" allowed "${CMAKE_MATCH_2}")
  # A folder may include only folders above it in the list, so there are no cycles.
  foreach(other IN LISTS allowed)
    if(NOT other IN_LIST passed)
      message(FATAL_ERROR "${folder} may not include ${other}, which is not above it")
    endif()
  endforeach()
  list(APPEND passed ${folder})
  foreach(other IN LISTS walls)
    string(REGEX REPLACE ":.*" "" other ${other})
    string(REPLACE "/" "_" name ${other})
    set(header ${header_of_${name}})
    if(other STREQUAL folder)
      # The header must exist, or the tests that it is not found would prove nothing.
      yodel_try_include(${folder} ${header} TRUE)
    elseif(NOT other IN_LIST allowed)
      yodel_try_include(${folder} ${header} FALSE)
    endif()
  endforeach()
endforeach()

# The system's libraries share one include directory, so a script checks in the sources who includes them.
add_test(NAME unit.layering.libraries
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/library_includes.sh ${PROJECT_SOURCE_DIR})
set_tests_properties(unit.layering.libraries PROPERTIES LABELS unit)
